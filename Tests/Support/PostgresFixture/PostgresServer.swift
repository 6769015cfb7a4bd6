import Dispatch
public import Glibc
public import Postgres
import Synchronization

/// A private PostgreSQL for tests, on a Unix socket in a folder of its own; ends with the test process, whatever becomes of that.
///
/// One server is enough for most tests: ``shared()`` starts it once, ``makeDatabase(from:)`` gives each test a database.
/// What stops, kills or fills a server makes one of its own.
public final class PostgresServer: Sendable {
    private struct State {
        /// Closed when the server shall end: the shell that started it waits for that.
        var leash: Int32 = -1
        var shell: pid_t = 0
    }

    /// The folder of the socket.
    public let folder: String

    private let settings: [String: String]
    private let state = Mutex(State())
    private static let nextDatabase = Atomic<Int>(0)

    /// The server of this test run; started by the first caller.
    public static func shared() async throws -> PostgresServer {
        try await sharedTask.value
    }

    private static let sharedTask = Task { try await PostgresServer(settings: ["max_connections": "200"]) }

    /// Starts a server of one's own.
    ///
    /// - Parameters:
    ///   - settings: Lines of postgresql.conf.
    ///   - standby: Whether it starts in recovery, reading only, until `pg_promote()`.
    /// - Throws: ``FixtureFailure``.
    public init(settings: [String: String] = [:], standby: Bool = false) async throws {
        self.settings = settings
        var template = Array("/tmp/novi-pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FixtureFailure("cannot make a folder in /tmp") }
        folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let user = try DatabaseUser.current()
        chown(folder, user.user, user.group)
        let (folder, cluster) = (folder, try await Self.emptyCluster.value)
        try await runShell(
            "\(user.prefix) cp -a --reflink=auto '\(cluster)/data' '\(folder)/data'",
            "copy the cluster"
        )
        if standby { try await write("", to: "data/standby.signal") }
        try await start()
    }

    deinit { end() }

    /// An empty cluster that servers are copied from: initdb takes a second.
    private static let emptyCluster = Task { () -> String in
        let installation = try PostgresPrograms.folder()
        var template = Array("/tmp/novi-pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FixtureFailure("cannot make a folder in /tmp") }
        let folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let user = try DatabaseUser.current()
        chown(folder, user.user, user.group)
        try await runShell(
            """
            \(user.prefix) '\(installation)/initdb' --pgdata='\(folder)/data' --username=postgres --encoding=UTF8 \
            --locale=C.UTF-8 --auth=trust --no-sync --no-instructions
            """,
            "make a cluster"
        )
        removeAtExit(folder)
        return folder
    }

    /// Starts the server and waits until it takes connections.
    public func start() async throws {
        let user = try DatabaseUser.current()
        let installation = try PostgresPrograms.folder()
        var options = [
            "listen_addresses": "", "unix_socket_directories": folder, "fsync": "off",
            "shared_buffers": "16MB",
            "log_min_messages": "warning", "autovacuum": "off",
        ]
        options.merge(settings) { _, own in own }
        let arguments = options.sorted { $0.key < $1.key }.map { "-c '\($0.key)=\($0.value)'" }
        // The shell holds the server on a leash: the pipe ends with us, also when we are killed.
        let script = """
            \(user.prefix) '\(installation)/postgres' -D '\(folder)/data' \(arguments.joined(separator: " ")) \
            </dev/null >>'\(folder)/log' 2>&1 3<&- &
            server=$!
            (cat <&3 >/dev/null; kill -QUIT $server 2>/dev/null) &
            leash=$!
            exec 3<&-
            wait $server
            kill $leash 2>/dev/null
            [ -e '\(folder)/keep' ] || rm -rf '\(folder)'
            """
        let (reading, writing) = try pipe()
        let shell = try spawnShell(script, descriptor3: reading)
        close(reading)
        state.withLock { state in
            if state.leash >= 0 { close(state.leash) }
            state = State(leash: writing, shell: shell)
        }
        unlink("\(folder)/keep")
        try await waitUntilReady()
    }

    private func waitUntilReady() async throws {
        let installation = try PostgresPrograms.folder()
        for _ in 0..<6000 {
            let command = "'\(installation)/pg_isready' -q -h '\(folder)'"
            if try await shellStatus(command) == 0 { return }
            guard isRunning else { throw FixtureFailure("the server ended: \(log.suffix(2000))") }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw FixtureFailure("the server does not answer: \(log.suffix(2000))")
    }

    /// How a server is stopped.
    public enum StopMode: Sendable {
        /// Waits for nobody, in order (SIGINT).
        case fast
        /// As after a loss of power, but its processes end themselves (SIGQUIT).
        case immediate
        /// Its first process is killed (SIGKILL).
        case kill
    }

    /// Stops the server and waits for the end of all its processes; ``start()`` starts it again.
    public func stop(_ mode: StopMode = .fast) async throws {
        guard let pid = serverID else { return }
        let descriptor = open("\(folder)/keep", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
        if descriptor >= 0 { close(descriptor) }
        let children = readText("/proc/\(pid)/task/\(pid)/children").split(separator: " ")
        switch mode {
        case .fast: Glibc.kill(pid, SIGINT)
        case .immediate: Glibc.kill(pid, SIGQUIT)
        case .kill: Glibc.kill(pid, SIGKILL)
        }
        for _ in 0..<6000 {
            // Backends of a killed server end by themselves, once they notice.
            if !isRunning, children.allSatisfy({ readText("/proc/\($0)/comm") != "postgres\n" }) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw FixtureFailure("the server does not stop")
    }

    /// Whether the server's shell, and so the server, runs.
    public var isRunning: Bool {
        state.withLock { state in
            guard state.shell > 0 else { return false }
            var status: Int32 = 0
            guard waitpid(state.shell, &status, WNOHANG) == state.shell else { return true }
            state.shell = 0
            return false
        }
    }

    /// The server's first process; `nil` when there is none.
    public var serverID: pid_t? {
        guard isRunning else { return nil }
        return readText("\(folder)/data/postmaster.pid").split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// Writes a file of the server's folder, owned by the server's user.
    public func write(_ text: String, to name: String) async throws {
        let path = "\(folder)/\(name)"
        let user = try DatabaseUser.current()
        let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FixtureFailure("cannot write \(path)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
            fchown(descriptor, user.user, user.group) == 0
        else { throw FixtureFailure("cannot write \(path)") }
    }

    /// What the server logged.
    public var log: String { readText("\(folder)/log") }

    /// Where a database is.
    public func address(of database: String, user: String = "postgres") -> DatabaseAddress {
        DatabaseAddress([.init("host", folder), .init("user", user), .init("dbname", database)])
    }

    /// Makes an empty database, or a copy of one that nobody is connected to.
    public func makeDatabase(from template: String = "template0") async throws -> TestDatabase {
        let number = Self.nextDatabase.add(1, ordering: .relaxed).newValue
        let name = "test_\(number)"
        _ = try await psql(
            "CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY file_copy",
            database: "postgres"
        )
        return TestDatabase(server: self, name: name)
    }

    /// Runs statements by psql, as superuser unless told otherwise; returns the rows, columns parted by `|`.
    @discardableResult
    public func psql(_ statements: String, database: String, user: String = "postgres") async throws -> String
    {
        let folder = folder
        let output = "\(folder)/psql.\(Self.nextDatabase.add(1, ordering: .relaxed).newValue)"
        let status = try await shellStatus(
            "psql -XAtq -v ON_ERROR_STOP=1 -h '\(folder)' -U \(user) -d \(database) -c \"$0\" >'\(output)' 2>&1",
            statements
        )
        let text = readText(output).split(separator: "\n", omittingEmptySubsequences: false)
        unlink(output)
        let lines = text.joined(separator: "\n").trimmedEnd
        guard status == 0 else { throw FixtureFailure("psql: \(lines)") }
        return lines
    }

    private func end() {
        state.withLock { state in
            unlink("\(folder)/keep")
            if state.leash >= 0 { close(state.leash) }
            state.leash = -1
        }
    }
}

/// A database of one test; dropped with it.
public final class TestDatabase: Sendable {
    /// Its server.
    public let server: PostgresServer

    /// Its name.
    public let name: String

    init(server: PostgresServer, name: String) {
        self.server = server
        self.name = name
    }

    deinit {
        let (server, name) = (server, name)
        Task { try? await server.psql("DROP DATABASE IF EXISTS \(name) WITH (FORCE)", database: "postgres") }
    }

    /// Where it is.
    public func address(user: String = "postgres") -> DatabaseAddress { server.address(of: name, user: user) }

    /// Runs statements by psql.
    @discardableResult
    public func psql(_ statements: String, user: String = "postgres") async throws -> String {
        try await server.psql(statements, database: name, user: user)
    }
}

/// A backend that is stopped as if its machine hung; goes on with the value.
public final class BackendStop: Sendable {
    private let pid: pid_t

    /// Stops a server's process (SIGSTOP).
    public init?(_ pid: Int) async throws {
        guard readText("/proc/\(pid)/comm") == "postgres\n" else { return nil }
        self.pid = pid_t(pid)
        kill(self.pid, SIGSTOP)
    }

    deinit { resume() }

    /// Lets it go on (SIGCONT).
    public func resume() {
        if readText("/proc/\(pid)/comm") == "postgres\n" { kill(pid, SIGCONT) }
    }
}
