import CSystemd
import Glibc
import Synchronization
import Testing

/// A program that a test started; ended with it.
final class RunningProgram: Sendable {
    let pid: pid_t

    /// Where its standard output and standard error go.
    let logPath: String

    private let code = Mutex<Int32?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: The absolute path and the arguments.
    ///   - environment: All of its variables but PATH and HOME.
    ///   - logPath: Gets its output.
    ///   - descriptor3: Becomes its descriptor 3.
    /// - Throws: `TestFailure` when it cannot be started.
    init(
        _ command: [String],
        environment: [String: String] = [:],
        logPath: String = "/dev/null",
        descriptor3: Int32? = nil
    ) throws {
        self.logPath = logPath
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        if let descriptor3 { posix_spawn_file_actions_adddup2(&actions, descriptor3, 3) }
        // A socket that another test's server accepted would live on in the program, and its peer wait for the end.
        posix_spawn_file_actions_addclosefrom_np(&actions, descriptor3 == nil ? 3 : 4)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let variables = environment.merging(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent"])
        { own, _ in own }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var values: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + values { free(pointer) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &values)
        guard status == 0 else {
            throw TestFailure("cannot run \(command[0]): \(String(cString: strerror(status)))")
        }
        self.pid = pid
    }

    deinit { kill() }

    /// Whether it has not ended.
    var isRunning: Bool { exitCode() == nil }

    /// Its output so far.
    var log: String { text(of: logPath) }

    /// Sends a signal; does nothing when it has ended.
    func signal(_ number: Int32) {
        if isRunning { _ = Glibc.kill(pid, number) }
    }

    /// The exit code, 128 + n after signal n; `nil` while it runs.
    func exitCode() -> Int32? {
        code.withLock { code in
            if let code { return code }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let signal = status & 0x7f
            code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
            return code
        }
    }

    /// Waits for the end.
    func waitForExit(within limit: Duration = .seconds(180)) async throws -> Int32 {
        try await eventually("process \(pid) ends; its log: \(log.suffix(2000))", within: limit) {
            exitCode() != nil
        }
        return exitCode() ?? -1
    }

    /// Ends it at once.
    func kill() {
        guard isRunning else { return }
        _ = Glibc.kill(pid, SIGKILL)
        code.withLock { code in
            var status: Int32 = 0
            if code == nil, waitpid(pid, &status, 0) == pid { code = 137 }
        }
    }
}

/// Runs a program to its end; returns its exit code.
@discardableResult
func runToEnd(
    _ command: [String],
    environment: [String: String] = [:],
    logPath: String = "/dev/null"
) async throws -> Int32 {
    try await RunningProgram(command, environment: environment, logPath: logPath).waitForExit()
}

/// A system user.
struct TestUser: Equatable {
    let user: uid_t
    let group: gid_t

    /// Who PostgreSQL may run as: `postgres` when the tests run as root, otherwise ourselves.
    static func forDatabase() throws -> TestUser {
        guard geteuid() == 0 else { return TestUser(user: geteuid(), group: getegid()) }
        guard let entry = getpwnam("postgres") else { throw TestFailure("there is no user postgres") }
        return TestUser(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// The command as this user.
    func command(_ command: [String]) -> [String] {
        guard user != geteuid() else { return command }
        return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", "--init-groups"] + command
    }
}
