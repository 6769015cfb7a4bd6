import CPostgres
import WorkerSupport

/// Where Novi's database is and who asks.
struct DatabaseAddress: Sendable, Equatable {
    /// libpq's connection parameters (section 34.1.2 of PostgreSQL's manual), in order.
    let parameters: [(name: String, value: String)]

    /// The address without a password, for people.
    let description: String

    /// Takes `DATABASE_URL`, or the supervisor's own database; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader, environment: WorkerEnvironment) {
        if let url = reader.text("DATABASE_URL") {
            // libpq reads a URL or a whole connection string where a database name may stand, and only the first such.
            parameters = [("dbname", url), ("fallback_application_name", "novi")]
            switch Self.check(url) {
            case .success(let text): description = text
            case .failure(let problem):
                description = "DATABASE_URL"
                reader.report("DATABASE_URL makes no sense: \(problem.reason)")
            }
            return
        }
        let directory = environment.runtimeDirectory(of: "database")
        let name = environment.deployment.databaseName
        parameters = [
            ("host", directory), ("port", String(DatabaseServerConfiguration.port)), ("user", "novi"),
            ("dbname", name),
            ("fallback_application_name", "novi"),
        ]
        description = "\(name) on \(directory)"
    }

    /// An address of plain parameters.
    init(_ parameters: [(name: String, value: String)]) {
        self.parameters = parameters
        description = parameters.filter { $0.name != "password" }.map { "\($0.name)=\($0.value)" }.joined(
            separator: " "
        )
    }

    static func == (left: DatabaseAddress, right: DatabaseAddress) -> Bool {
        left.parameters.map(\.name) == right.parameters.map(\.name)
            && left.parameters.map(\.value) == right.parameters.map(\.value)
    }

    private struct Problem: Error {
        let reason: String
    }

    /// Lets libpq read a URL; the reason never repeats the URL, which may hold a password.
    private static func check(_ url: String) -> Result<String, Problem> {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            PQfreemem(message)
            return .failure(
                Problem(reason: "it must look like postgresql://user:password@host:5432/database")
            )
        }
        defer { PQconninfoFree(options) }
        var known: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { known[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return .success(
            "\(known["dbname"] ?? "the default database") on \(known["host"] ?? "the default host")"
        )
    }
}
