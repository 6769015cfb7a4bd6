/// Why a connection could not be made.
struct ConnectFailure: Error, Equatable, CustomStringConvertible {
    /// The words of libpq, the server or ourselves.
    let reason: String

    /// The server's code, when the server spoke.
    let state: SQLState?

    var description: String { reason }
}
