import CSystemd
import Dispatch
import Glibc
import Synchronization

/// What went wrong in the fixture itself.
public struct FixtureFailure: Error, CustomStringConvertible {
    /// What, and why.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Where PostgreSQL's programs are.
public enum PostgresPrograms {
    /// The newest folder below /usr/lib/postgresql, or `NOVI_POSTGRES_BIN`.
    public static func folder() throws -> String {
        if let own = getenv("NOVI_POSTGRES_BIN") { return String(cString: own) }
        for version in (13...30).reversed() {
            let folder = "/usr/lib/postgresql/\(version)/bin"
            if access("\(folder)/postgres", X_OK) == 0 { return folder }
        }
        throw FixtureFailure(
            "there is no PostgreSQL below /usr/lib/postgresql: install the package postgresql"
        )
    }
}

/// Who PostgreSQL may run as: `postgres` when the tests run as root, otherwise ourselves.
struct DatabaseUser {
    let user: uid_t
    let group: gid_t

    static func current() throws -> DatabaseUser {
        guard geteuid() == 0 else { return DatabaseUser(user: geteuid(), group: getegid()) }
        guard let entry = getpwnam("postgres") else { throw FixtureFailure("there is no user postgres") }
        return DatabaseUser(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// What goes before a command so that it runs as this user in the same process.
    var prefix: String {
        user == geteuid() ? "exec" : "exec setpriv --reuid=\(user) --regid=\(group) --init-groups"
    }
}

/// Starts `/bin/sh -c script argument`, with nothing blocked or ignored, in a group of its own.
func spawnShell(_ script: String, argument: String = "sh", descriptor3: Int32? = nil) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let descriptor3 { posix_spawn_file_actions_adddup2(&actions, descriptor3, 3) }
    // A socket that another test's server accepted would live on in the program.
    posix_spawn_file_actions_addclosefrom_np(&actions, descriptor3 == nil ? 3 : 4)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes,
        Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
    )
    var arguments: [UnsafeMutablePointer<CChar>?] = ["/bin/sh", "-c", script, argument].map {
        (text: String) in strdup(text)
    }
    arguments.append(nil)
    defer { for pointer in arguments { free(pointer) } }
    var child = pid_t()
    let status = posix_spawn(&child, "/bin/sh", &actions, &attributes, &arguments, environ)
    guard status == 0 else { throw FixtureFailure("cannot run sh: \(String(cString: strerror(status)))") }
    return child
}

/// Runs a script to its end; returns its exit code, 128 + n after signal n.
func shellStatus(_ script: String, _ argument: String = "sh") async throws -> Int32 {
    let child = try spawnShell(script, argument: argument)
    return await withCheckedContinuation { continuation in
        DispatchQueue(label: "wait for a child").async {
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            continuation.resume(returning: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
        }
    }
}

/// Runs a script that has to succeed.
func runShell(_ script: String, _ attempt: String) async throws {
    let output = "/tmp/novi-fixture.\(getpid()).\(UInt32.random(in: 0 ... .max))"
    defer { unlink(output) }
    guard try await shellStatus("(\(script)) >'\(output)' 2>&1") == 0 else {
        throw FixtureFailure("cannot \(attempt): \(readText(output).suffix(2000))")
    }
}

/// Removes a folder when the test process ends.
func removeAtExit(_ folder: String) {
    guard let (reading, _) = try? pipe() else { return }
    _ = try? spawnShell("cat <&3 >/dev/null; rm -rf '\(folder)'", descriptor3: reading)
    close(reading)
}

/// A pipe that programs do not inherit.
func pipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw FixtureFailure("no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}

/// The whole text of a file; empty when there is none.
func readText(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
        bytes.append(contentsOf: buffer[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension String {
    /// The text without line ends after it.
    var trimmedEnd: String {
        var text = self
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
