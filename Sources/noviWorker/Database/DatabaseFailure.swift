/// Why the database gave no answer.
enum DatabaseFailure: Error, Equatable, CustomStringConvertible {
    /// There is no connection, or it broke.
    case disconnected(String)
    /// No answer in time; the connection is given up, because its state is unknown.
    case timedOut
    /// The server refused the statement.
    case refused(code: String, message: String)
    /// The connection has a statement in hand already.
    case busy
    /// The caller's task was cancelled; the connection is given up.
    case cancelled

    var description: String {
        switch self {
        case .disconnected(let reason): "no database connection: \(reason)"
        case .timedOut: "the database did not answer in time"
        case .refused(let code, let message): "the database refused: \(message) (SQLSTATE \(code))"
        case .busy: "the database connection is in use"
        case .cancelled: "cancelled"
        }
    }
}

/// The rows of an answer, as text; `nil` is SQL's NULL.
struct DatabaseRows: Equatable, Sendable {
    /// Names of the columns.
    let columns: [String]

    /// One array a row, in the order of the columns.
    let rows: [[String?]]
}
