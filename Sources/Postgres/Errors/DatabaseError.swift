/// Why the database did not do what was asked.
public enum DatabaseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a lost connection left behind.
    public enum Outcome: Sendable, Equatable {
        /// Nothing was changed; asking again is safe.
        case nothingChanged
        /// Nobody knows: a commit, or a statement outside a transaction, was sent and not answered.
        case unknown
    }

    /// The server refused the statement.
    case refused(ServerRefusal)
    /// There is no connection, or it broke.
    case disconnected(reason: String, outcome: Outcome)
    /// No answer in time. The connection was given up, because nobody knows how far the server got.
    case timedOut(outcome: Outcome)
    /// No connection became free within the pool's acquire time; the last reason why none could be made.
    case poolExhausted(waited: Duration, reason: String?)
    /// The pool was closed.
    case poolClosed
    /// The caller's task was cancelled.
    case cancelled
    /// The connection has a statement in hand, or was given back already.
    case misused(String)
    /// A parameter cannot be sent, such as text with a NUL.
    case invalidParameter(String)
    /// A row does not have what was asked of it.
    case undecodable(String)

    /// What happened, for people; without values of parameters.
    public var description: String {
        switch self {
        case .refused(let refusal): "the database refused: \(refusal)"
        case .disconnected(let reason, .nothingChanged): "no database connection: \(reason)"
        case .disconnected(let reason, .unknown):
            "the database connection was lost before the answer, so it is unknown whether the change was made: \(reason)"
        case .timedOut(.nothingChanged): "the database did not answer in time"
        case .timedOut(.unknown):
            "the database did not answer in time, so it is unknown whether the change was made"
        case .poolExhausted(let waited, let reason):
            "no database connection was free within \(waited)\(reason.map { ": \($0)" } ?? "")"
        case .poolClosed: "the database pool is closed"
        case .cancelled: "cancelled"
        case .misused(let what): "the database connection was misused: \(what)"
        case .invalidParameter(let what): "invalid parameter of a statement: \(what)"
        case .undecodable(let what): "unexpected row of the database: \(what)"
        }
    }
}

/// The questions that callers ask of an error.
extension DatabaseError {
    /// The server's code, when the server answered.
    public var sqlState: SQLState? {
        if case .refused(let refusal) = self { refusal.state } else { nil }
    }

    /// The constraint that a row would break: unique, foreign key, check.
    public var constraint: String? {
        guard case .refused(let refusal) = self, refusal.state.classCode == "23" else { return nil }
        return refusal.constraint
    }

    /// Whether a row with the same key is there; the constraint's name where it is given.
    public func isUniqueViolation(of constraint: String? = nil) -> Bool {
        guard sqlState == .uniqueViolation else { return false }
        return constraint == nil || constraint == self.constraint
    }

    /// Whether the whole transaction may be tried again: nothing of it was done.
    public var isRetryable: Bool {
        switch self {
        case .refused(let refusal):
            refusal.state == .serializationFailure || refusal.state == .deadlock || refusal.isStalePlan
        case .disconnected(_, .nothingChanged): true
        default: false
        }
    }

    /// Whether it is unknown what was done.
    public var isOutcomeUnknown: Bool {
        switch self {
        case .disconnected(_, .unknown), .timedOut(.unknown): true
        default: false
        }
    }

    /// Whether the database as a whole is not to be had at present, rather than this statement being wrong: an HTTP 503.
    public var isUnavailable: Bool {
        switch self {
        case .disconnected, .timedOut, .poolExhausted, .poolClosed: true
        case .refused(let refusal):
            ["53", "57", "58"].contains(refusal.state.classCode) || refusal.state == .readOnly
                || refusal.state == .lockNotAvailable
        case .cancelled, .misused, .invalidParameter, .undecodable: false
        }
    }
}

/// The server's words about an error.
public struct ServerRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The code.
    public var state: SQLState
    /// The first line.
    public var message: String
    /// More of it; may hold values of rows, so it is for logs only and not part of `description`.
    public var detail: String?
    /// What to do.
    public var hint: String?
    /// The constraint concerned.
    public var constraint: String?
    /// The table concerned.
    public var table: String?
    /// The column concerned.
    public var column: String?
    /// The function of the server's source that refused; tells errors of the same code apart in every language.
    public var function: String?
    /// Whether the server ended the session with it (FATAL, PANIC).
    public var endsSession: Bool

    /// Makes a refusal of its parts.
    public init(
        state: SQLState,
        message: String,
        detail: String? = nil,
        hint: String? = nil,
        constraint: String? = nil,
        table: String? = nil,
        column: String? = nil,
        function: String? = nil,
        endsSession: Bool = false
    ) {
        self.state = state
        self.message = message
        self.detail = detail
        self.hint = hint
        self.constraint = constraint
        self.table = table
        self.column = column
        self.function = function
        self.endsSession = endsSession
    }

    /// `duplicate key value violates unique constraint "orders_order_id_key" (SQLSTATE 23505)`.
    public var description: String { "\(message) (SQLSTATE \(state))" }
}
