import CSystemd
import Dispatch
import Glibc
import Synchronization

/// A program in a process group of its own, with one end of a socket pair as its descriptor 3.
final class ChildProcess: Sendable {
    /// A program that could not be started.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var status: Int32?
        var waiters: [CheckedContinuation<Int32, Never>] = []
    }

    /// Its process id, which is its group's as well.
    let identifier: pid_t

    private let state = Mutex(State())

    private init(_ identifier: pid_t) {
        self.identifier = identifier
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: The program, looked up in `PATH` when it has no slash, and its arguments.
    ///   - environment: Its variables.
    /// - Returns: The process and our end of the pair, which the caller closes.
    /// - Throws: ``Failure``.
    static func start(
        _ command: [String],
        environment: [String: String]
    ) throws(Failure) -> (process: ChildProcess, channel: Int32) {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0
        else {
            throw Failure(description: "cannot make a socket pair: \(String(cString: strerror(errno)))")
        }
        do {
            let process = try spawn(command, environment, channel: pair[1])
            close(pair[1])
            return (process, pair[0])
        } catch {
            close(pair[0])
            close(pair[1])
            throw error
        }
    }

    private static func spawn(
        _ command: [String],
        _ environment: [String: String],
        channel: Int32
    ) throws(Failure) -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        // What it prints is for people: both go where our own log goes.
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, channel, 3)
        // Sockets that a library accepted without close-on-exec are no business of the child, which would also keep
        // them open after we closed them.
        posix_spawn_file_actions_addclosefrom_np(&actions, 4)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        // The threads that run us block most signals; a child with that mask could not be stopped (posix_spawn(3)).
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in argv + variables { free(pointer) } }
        var identifier = pid_t()
        let code = posix_spawnp(&identifier, command[0], &actions, &attributes, &argv, &variables)
        guard code == 0 else {
            throw Failure(description: "cannot start \(command[0]): \(String(cString: strerror(code)))")
        }
        let process = ChildProcess(identifier)
        // A thread that sleeps in the kernel; the pools' threads are for work.
        DispatchQueue(label: "whatsapp child").async { process.awaitEnd() }
        return process
    }

    /// Sends a signal to the whole group, as long as there is one.
    func signal(_ signal: Int32) {
        state.withLock { state in
            // Once reaped, the number may be somebody else's.
            if state.status == nil { kill(-identifier, signal) }
        }
    }

    /// Waits for the end and tells the status (waitpid(2)).
    func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    private func awaitEnd() {
        var info = siginfo_t()
        // Seen but not reaped: its number stays the group's, whose strays go now.
        while waitid(P_PID, id_t(identifier), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (status, waiters) = state.withLock { state in
            kill(-identifier, SIGKILL)
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            defer { state.waiters = [] }
            state.status = status
            return (status, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// A status in words.
    static func text(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "exit status \((status >> 8) & 0xFF)" : "signal \(signal)"
    }
}
