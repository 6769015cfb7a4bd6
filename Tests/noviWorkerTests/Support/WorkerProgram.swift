import Glibc
import Testing
import WorkerSupport

/// The built `noviWorker`, started as the supervisor does.
struct WorkerProgram {
    /// The folder of everything.
    let scratch: ScratchFolder

    /// Where reports go.
    let notifications: NotifySocket

    /// Keeps the number of programs at the same time bounded.
    private let permit: Permit

    init() async throws {
        permit = await Permit()
        scratch = try ScratchFolder()
        try scratch.folder("run/apps")
        notifications = try NotifySocket(path: "\(scratch.path)/notify")
    }

    /// The program beside the tests.
    static var path: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let bytes = buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }
        let own = String(decoding: bytes, as: UTF8.self)
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/noviWorker"
    }

    func runtimeFolder(_ app: String) -> String { "\(scratch.path)/run/apps/\(app)-0" }

    func client(_ app: String) -> VarlinkClient { VarlinkClient(path: "\(runtimeFolder(app))/worker.sock") }

    /// What the supervisor would set.
    func environment(_ app: String) -> [String: String] {
        [
            "NOVI_APP": app, "NOVI_RUN_DIRECTORY": "\(scratch.path)/run",
            "NOVI_RUNTIME_DIRECTORY": runtimeFolder(app),
            "NOVI_DATA_DIRECTORY": "\(scratch.path)/data-\(app)", "NOTIFY_SOCKET": notifications.path,
        ]
    }

    private static let roles: Set<String> = ["api", "whatsapp"]

    /// Starts `noviWorker api` or `noviWorker whatsapp`.
    func start(
        _ app: String,
        _ arguments: [String] = [],
        extra: [String: String] = [:],
        listening: Int32? = nil
    ) throws -> RunningProgram {
        try scratch.folder("run/apps/\(app)-0")
        try scratch.folder("data-\(app)")
        var command =
            [Self.path] + (arguments.first.map { Self.roles.contains($0) } == true ? [] : [app]) + arguments
        var variables = environment(app).merging(extra) { _, new in new }
        if listening != nil {
            variables["LISTEN_FDS"] = "1"
            command = ["/bin/sh", "-c", "export LISTEN_PID=$$; exec \"$@\"", "sh"] + command
        }
        return try RunningProgram(
            command,
            environment: variables,
            logPath: "\(scratch.path)/\(app).log",
            descriptor3: listening
        )
    }

    /// Starts `noviWorker database` as a user that PostgreSQL accepts.
    func startDatabase(extra: [String: String] = [:]) async throws -> RunningProgram {
        let user = try TestUser.forDatabase()
        try scratch.folder("run/apps/database-0", owner: user)
        try scratch.folder("data-database", owner: user)
        return try RunningProgram(
            user.command([try await program(for: user), "database"]),
            environment: environment("database").merging(extra) { _, new in new },
            logPath: "\(scratch.path)/database.log"
        )
    }

    /// Starts a database and waits until it is ready.
    func readyDatabase(extra: [String: String] = [:]) async throws -> RunningProgram {
        notifications.forget()
        let database = try await startDatabase(extra: extra)
        try await eventually("the database is ready: \(database.log)") {
            notifications.messages.contains("READY=1") || !database.isRunning
        }
        guard database.isRunning else { throw TestFailure("the database ended: \(database.log)") }
        return database
    }

    /// The program's path, copied to where `user` can reach it when the build folder is closed to them.
    private func program(for user: TestUser) async throws -> String {
        guard try await runToEnd(user.command(["/usr/bin/test", "-x", Self.path])) != 0 else {
            return Self.path
        }
        let copy = "\(scratch.path)/noviWorker"
        if access(copy, X_OK) != 0, try await runToEnd(["/bin/cp", Self.path, copy]) != 0 {
            throw TestFailure("cannot copy \(Self.path)")
        }
        return copy
    }

    /// Runs a statement by psql as the owner; returns its output.
    func psql(
        _ statement: String,
        database: String = "novi_dev",
        role: String = "novi"
    ) async throws -> String {
        let output = "\(scratch.path)/psql.\(UInt32.random(in: 0 ... .max))"
        let code = try await runToEnd(
            [
                "/usr/bin/psql", "-h", runtimeFolder("database"), "-U", role, "-d", database, "-XAtc",
                statement,
            ],
            logPath: output
        )
        guard code == 0 else { throw TestFailure("psql: \(text(of: output))") }
        return text(of: output).split(separator: "\n").joined(separator: "\n")
    }
}
