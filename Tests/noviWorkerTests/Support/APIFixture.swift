import Postgres
import PostgresFixture
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// A running API worker over a real database of its own.
final class APIFixture: Sendable {
    /// Where the worker's things are.
    let worker: WorkerProgram
    /// Its database.
    let database: TestDatabase
    /// Its socket.
    let listener: ListeningSocket
    /// The process.
    let api: RunningProgram

    /// Starts a worker and waits until it is ready.
    ///
    /// - Parameters:
    ///   - extra: More variables; the limits are out of the way unless they are given.
    ///   - server: A PostgreSQL of the test's own; by default the common one.
    /// - Throws: `TestFailure` when it does not get ready.
    init(_ extra: [String: String] = [:], on server: PostgresServer? = nil) async throws {
        worker = try await WorkerProgram()
        if let server {
            database = try await server.makeDatabase()
        } else {
            database = try await PostgresServer.shared().makeDatabase(
                from: try await Self.template.value.name
            )
        }
        listener = try ListeningSocket()
        var variables = [
            "DATABASE_URL": Self.url(of: database), "NOVI_LOGIN_LIMIT": "1000", "NOVI_API_LIMIT": "1000000",
            "NOVI_PASSWORD_COST": "4",
        ]
        variables.merge(extra) { _, own in own }
        self.variables = variables
        api = try worker.start("api", extra: variables, listening: listener.descriptor)
        try await waitUntilReady()
    }

    /// What the worker was told.
    let variables: [String: String]

    deinit { api.kill() }

    /// Waits until the API takes work.
    func waitUntilReady() async throws {
        let port = listener.port
        try await eventually("the API is ready: \(log.suffix(3000))") {
            (try? await get("/health/ready", port: port).status) == 200
        }
    }

    /// Runs statements by psql as the superuser; returns the rows, columns parted by `|`.
    @discardableResult
    func psql(_ statements: String) async throws -> String { try await database.psql(statements) }

    /// What the worker logged.
    var log: String { api.log }

    /// A database with all migrations that is copied for each test.
    private static let template = Task { () -> TestDatabase in
        let database = try await PostgresServer.shared().makeDatabase()
        let code = try await runToEnd(
            [WorkerProgram.path, "migrate", "up"],
            environment: ["DATABASE_URL": url(of: database)]
        )
        guard code == 0 else { throw TestFailure("noviWorker migrate up: \(code)") }
        return database
    }

    private static func url(of database: TestDatabase) -> String {
        "postgresql:///\(database.name)?host=\(database.server.folder)&user=postgres"
    }

    /// A client that is not signed in.
    var anonymous: APIClient { APIClient(port: listener.port) }

    /// A client that is signed in as a new user; the session is put into the database, because hashing passwords takes long.
    func signedIn(_ role: Role = .user, email: String? = nil) async throws -> APIClient {
        let token = SessionToken()
        let email = email ?? "\(SessionToken().text.lowercased())@shop.example"
        let hash = token.hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let id = try await database.psql(
            """
            INSERT INTO users (email, full_name, password_hash, role) VALUES ('\(email)', 'Test', 'none', '\(role.rawValue)')
            RETURNING id
            """
        )
        try await database.psql(
            """
            INSERT INTO sessions (token_hash, user_id, expires_at) VALUES ('\\x\(hash)', '\(id)', now() + interval '1 day')
            """
        )
        return APIClient(port: listener.port, cookie: "novi=\(token.text)", userID: id)
    }

    /// A business of a client.
    func business(of client: APIClient, _ fields: JSONObject = [:]) async throws -> String {
        var body: JSONObject = ["name": "Mama's Kitchen"]
        for (name, value) in fields { body[name] = value }
        let answer = try await client.post("/api/businesses", .object(body))
        guard answer.status == 201, let id = answer["id"]?.stringValue else {
            throw TestFailure("no business: \(answer)")
        }
        return id
    }

    /// An order of a business.
    func order(
        of client: APIClient,
        in business: String,
        _ fields: JSONObject = [:]
    ) async throws -> APIClient.Answer {
        var body: JSONObject = [
            "customerName": "Amara Nwosu", "customerPhone": "0803 000 1122",
            "address": "12 Allen Avenue, Ikeja",
            "items": "2 x jollof",
        ]
        for (name, value) in fields { body[name] = value }
        return try await client.post("/api/businesses/\(business)/orders", .object(body))
    }
}

/// A client of the API that speaks JSON.
struct APIClient: Sendable {
    /// An answer with its JSON.
    struct Answer: Sendable, CustomStringConvertible {
        let status: Int
        let headers: [String: String]
        let text: String

        /// The body as JSON; `nil` when it is none.
        var json: JSONValue? { try? JSONValue(parsing: Array(text.utf8)) }

        /// A member of the body.
        subscript(name: String) -> JSONValue? { json?[name] }

        /// The error's word.
        var code: String? { json?["error"]?["code"]?.stringValue }

        /// What is wrong with which field.
        var fields: JSONObject? { json?["error"]?["fields"]?.objectValue }

        var description: String { "\(status) \(text)" }
    }

    let port: UInt16
    var cookie: String?
    var userID = ""
    /// Sent with everything.
    var headers: [String: String] = [:]

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }

    func post(
        _ path: String,
        _ body: JSONValue? = nil,
        _ headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send(
            "POST",
            path,
            body: body.map { String(decoding: $0.serialized(), as: UTF8.self) },
            headers: headers
        )
    }

    func patch(_ path: String, _ body: JSONValue, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send(
            "PATCH",
            path,
            body: String(decoding: body.serialized(), as: UTF8.self),
            headers: headers
        )
    }

    func delete(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("DELETE", path, headers: headers)
    }

    /// Sends a request as a page of the API's own would.
    func send(
        _ method: String,
        _ path: String,
        body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var fields = ["Sec-Fetch-Site": "same-origin"]
        if body != nil { fields["Content-Type"] = "application/json" }
        if let cookie { fields["Cookie"] = cookie }
        fields.merge(self.headers) { _, own in own }
        fields.merge(headers) { _, own in own }
        let all = fields.filter { !$0.value.isEmpty }
        let port = port
        let answer = try await blocking {
            try HTTPConnection(port: port).request(method, path, headers: all, body: body)
        }
        return Answer(status: answer.status, headers: answer.headers, text: answer.body)
    }
}
