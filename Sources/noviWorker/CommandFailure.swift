import ArgumentParser
import Glibc
import WorkerSupport

/// Runs a command's body and turns what it throws into text on standard error and an exit code.
func reportingFailures(of command: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let failure as ConfigurationFailure {
        for problem in failure.problems { writeToStandardError("noviWorker \(command): \(problem)\n") }
        throw ExitCode(ConfigurationFailure.exitCode)
    } catch let exit as ExitCode {
        throw exit
    } catch {
        writeToStandardError("noviWorker \(command): \(error)\n")
        throw ExitCode.failure
    }
}

/// Writes text for people to standard error.
func writeToStandardError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}
