import CPostgres

/// Where a database is and who asks.
public struct DatabaseAddress: Sendable, Equatable {
    /// One of libpq's connection parameters (manual, section 34.1.2).
    public struct Parameter: Sendable, Equatable {
        /// Its name, such as `host`.
        public let name: String
        /// Its value.
        public let value: String

        /// Makes a parameter.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A connection string that libpq cannot read; says nothing of the string itself, which may hold a password.
    public struct Unreadable: Error, Equatable, Sendable {}

    /// The parameters in order; later ones win.
    public let parameters: [Parameter]

    /// The address without a password, for people: `novi_dev on /run/novi/apps/database-0`.
    public let description: String

    /// An address of plain parameters.
    public init(_ parameters: [Parameter]) {
        self.parameters = parameters
        func value(_ name: String) -> String? { parameters.last { $0.name == name }?.value }
        description = Self.describe(database: value("dbname"), host: value("host"))
    }

    /// An address of a URL (`postgresql://user:password@host:5432/database`) or a connection string.
    ///
    /// - Throws: ``Unreadable`` when libpq cannot read it.
    public init(connectionString: String) throws(Unreadable) {
        // libpq reads a URL or a whole connection string where a database name may stand, and only the first such.
        parameters = [Parameter("dbname", connectionString)]
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(connectionString, &message) else {
            PQfreemem(message)
            throw Unreadable()
        }
        defer { PQconninfoFree(options) }
        var known: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { known[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        description = Self.describe(database: known["dbname"], host: known["host"])
    }

    private static func describe(database: String?, host: String?) -> String {
        "\(database ?? "the default database") on \(host ?? "the default host")"
    }
}
