import Glibc
import WorkerSupport

/// A place between two steps of a message, receive → commit → reply → send → status, where a test has the bridge die.
///
/// `NOVI_CRASH_AT=NAME` together with `NOVI_FAULTS=1` arms one; otherwise passing one costs a comparison.
enum CrashPoint: String, CaseIterable, Sendable {
    /// A provider brought messages; nothing is stored.
    case received
    /// They are committed; the provider is not told so.
    case stored
    /// What a message asks for is done; its transaction is not committed.
    case processed
    /// Its transaction is committed; nobody was woken to send the answers.
    case answered
    /// A message of the outbox is claimed; the provider has not got it.
    case claimed
    /// The provider accepted it; that is not written down.
    case sent
    /// It is written down that it was sent; nothing else goes on yet.
    case settled
    /// The provider told what became of it; that is not written down.
    case statusReceived = "status_received"
    /// That is written down; the provider is not told so.
    case statusStored = "status_stored"

    private static let armed: CrashPoint? = {
        let variables = VariableReader()
        guard variables.text("NOVI_FAULTS") == "1" else { return nil }
        return variables.text("NOVI_CRASH_AT").flatMap(CrashPoint.init(rawValue:))
    }()

    /// Ends the process as a crash does when this point is armed.
    func pass() {
        if Self.armed == self { kill(getpid(), SIGKILL) }
    }
}
