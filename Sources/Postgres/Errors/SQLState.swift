/// The server's code of an error: five characters, of which the first two are its class (manual, appendix A).
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The five characters, such as `23505`.
    public let rawValue: String

    /// Takes a code as it is.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The first two characters.
    public var classCode: String { String(rawValue.prefix(2)) }

    /// The code.
    public var description: String { rawValue }

    /// Two rows would have the same key.
    public static let uniqueViolation = SQLState(rawValue: "23505")
    /// A row points to one that is not there, or is pointed to.
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    /// A check does not hold.
    public static let checkViolation = SQLState(rawValue: "23514")
    /// A value is missing.
    public static let notNullViolation = SQLState(rawValue: "23502")
    /// A text is too long for its column.
    public static let stringTooLong = SQLState(rawValue: "22001")
    /// Text that is no value of its type.
    public static let invalidText = SQLState(rawValue: "22P02")
    /// Transactions at the same time cannot be brought into an order; the whole one may be tried again.
    public static let serializationFailure = SQLState(rawValue: "40001")
    /// Transactions wait for each other; the whole one may be tried again.
    public static let deadlock = SQLState(rawValue: "40P01")
    /// A lock was not free within `lock_timeout`, or at once with NOWAIT.
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// Cancelled: by `statement_timeout` or on request.
    public static let queryCanceled = SQLState(rawValue: "57014")
    /// The server or an operator ended the session.
    public static let adminShutdown = SQLState(rawValue: "57P01")
    /// Another process of the server crashed.
    public static let crashShutdown = SQLState(rawValue: "57P02")
    /// The server starts, stops or recovers.
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
    /// The database takes no writes: a standby, or `default_transaction_read_only`.
    public static let readOnly = SQLState(rawValue: "25006")
    /// A transaction was idle longer than `idle_in_transaction_session_timeout`.
    public static let idleInTransaction = SQLState(rawValue: "25P03")
    /// All connections of the server are taken.
    public static let tooManyConnections = SQLState(rawValue: "53300")
    /// The password is wrong.
    public static let invalidPassword = SQLState(rawValue: "28P01")
    /// The server lets this user or address not in.
    public static let invalidAuthorization = SQLState(rawValue: "28000")
    /// There is no such database.
    public static let noSuchDatabase = SQLState(rawValue: "3D000")
    /// There is no such table.
    public static let undefinedTable = SQLState(rawValue: "42P01")
    /// A role may not do this.
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    /// Something is not possible, such as a plan whose result changed.
    public static let featureNotSupported = SQLState(rawValue: "0A000")
}
