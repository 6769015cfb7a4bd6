/// How bad something is (row A90).
public enum Severity: String, CaseIterable, Comparable, Sendable {
    /// An outage, or the link to WhatsApp gone.
    case p1 = "P1"
    /// Worse than it should be: errors, slowness, the database.
    case p2 = "P2"
    /// Somebody should look.
    case p3 = "P3"
    /// Good to know.
    case p4 = "P4"

    /// A lesser one is worse.
    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

    /// The journal's priority (syslog(3)).
    public var journalPriority: Int {
        switch self {
        case .p1: 2
        case .p2: 3
        case .p3: 4
        case .p4: 5
        }
    }
}
