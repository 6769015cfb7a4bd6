import Dispatch
import Glibc
import LinuxSystem
import Synchronization

/// A program that is told something on its standard input: no shell, no descriptor of ours, a session of its own.
final class SinkProgram: Sendable {
    private let pidfd: OwnedDescriptor
    private let name: String
    private let isReaped = Mutex(false)

    /// The most that it is told, in bytes: what a pipe holds, so that nobody waits for a program that does not read.
    static let inputBytes = 60_000

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: Its absolute path and its arguments.
    ///   - input: What it is told.
    /// - Throws: ``AlertFailure``, `SystemError`.
    init(_ command: [String], input: String) throws {
        guard let path = command.first, path.hasPrefix("/") else {
            throw AlertFailure("the program must be given by its absolute path")
        }
        name = path
        let (reader, writer) = try Descriptor.pipe()
        try writer.setNonBlocking(true)
        let bytes = Array(input.utf8.prefix(Self.inputBytes))
        _ = try writer.write(bytes[...])
        let plan = SpawnPlan(
            executable: path,
            arguments: command,
            environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"],
            descriptors: [reader.rawValue, -1, -1]
        )
        do {
            pidfd = OwnedDescriptor(try ChildProcess.spawn(plan).pidfd.take())
        } catch {
            throw AlertFailure("cannot start \(path): \(error)")
        }
    }

    /// Waits for its end.
    ///
    /// - Returns: The exit code, or 128 and the signal's number.
    func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "alert program").async {
                var entry = pollfd(fd: self.pidfd.rawValue, events: Int16(POLLIN), revents: 0)
                while poll(&entry, 1, -1) < 0, errno == EINTR {}
                let status = self.isReaped.withLock { isReaped in
                    isReaped = true
                    return ((try? ProcessHandle.reap(pidfd: self.pidfd.rawValue)) ?? nil)?.0
                }
                continuation.resume(returning: Self.code(of: status))
            }
        }
    }

    private static func code(of status: WaitStatus?) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal, _): 128 + signal
        case nil: -1
        }
    }

    /// Ends it.
    func kill() {
        isReaped.withLock { isReaped in
            if !isReaped { _ = try? ProcessHandle.sendSignal(pidfd: pidfd.rawValue, SIGKILL) }
        }
    }
}
