import CSystemd
import Glibc

/// A program that is run to its end, with text for its input.
struct Program {
    /// How it ended and what it said.
    struct Result {
        /// The exit code; 128 + n after signal n, as shells tell it.
        let code: Int32
        /// Standard output and standard error as they came, at most 1 MiB of it.
        let output: String
    }

    /// A program that could not be run.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { "cannot run \(path): \(reason)" }
    }

    /// The absolute path.
    let path: String

    /// The arguments without the program's name.
    let arguments: [String]

    /// Runs it and waits for the end.
    ///
    /// - Parameter input: What it reads; small enough for a pipe (64 KiB), so that neither side waits for the other.
    /// - Returns: The exit and the output.
    /// - Throws: ``Failure`` when it cannot be started.
    func run(input: String = "") throws(Failure) -> Result {
        let toChild = try pipe()
        let fromChild = try pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild.reading, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild.writing, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild.writing, STDERR_FILENO)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        // The threads that run us block most signals; a child with that mask could not be stopped (posix_spawn(3)).
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        argv.append(nil)
        defer { for pointer in argv { free(pointer) } }
        var child = pid_t()
        let status = posix_spawn(&child, path, &actions, &attributes, argv, environ)
        close(toChild.reading)
        close(fromChild.writing)
        guard status == 0 else {
            close(toChild.writing)
            close(fromChild.reading)
            throw Failure(path: path, reason: String(cString: strerror(status)))
        }
        let bytes = Array(input.utf8)
        _ = write(toChild.writing, bytes, bytes.count)
        close(toChild.writing)
        let output = Self.drain(fromChild.reading)
        close(fromChild.reading)
        return Result(code: Self.reap(child), output: output)
    }

    private func pipe() throws(Failure) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else {
            throw Failure(path: path, reason: String(cString: strerror(errno)))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func drain(_ descriptor: Int32) -> String {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return String(decoding: output, as: UTF8.self) }
            output.append(contentsOf: buffer[..<min(count, Limits.programOutputBytes - output.count)])
        }
    }

    private static func reap(_ child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return 127 }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}
