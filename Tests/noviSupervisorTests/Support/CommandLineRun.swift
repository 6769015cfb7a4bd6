import Foundation

/// The built command line, run as a user's shell runs it.
enum CommandLineRun {
    /// How it ended.
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Beside the bundle of the tests.
    static var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("noviSupervisor").path
    }

    /// Runs a shell line in which `$N` is the command line; small outputs only.
    static func shell(_ line: String, environment: [String: String] = [:]) throws -> Result {
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-o", "pipefail", "-c", line]
        var variables = ["PATH": "/usr/bin:/bin", "N": program, "HOME": "/nonexistent", "LANG": "C.UTF-8"]
        variables.merge(environment) { $1 }
        process.environment = variables
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaints, as: UTF8.self)
        )
    }
}
