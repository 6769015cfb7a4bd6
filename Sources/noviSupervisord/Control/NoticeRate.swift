import Shared
import SupervisorCore

/// Keeps a storm of notices out of the daemon's log and the journal: beyond so many a second they are counted and told in one line (F33).
///
/// `events` and `why` have all of them. What nobody but a person can put right is never held back.
struct NoticeRate {
    /// How many notices of one second are written.
    static let each: Int = 50
    private static let second: Duration = .seconds(1)

    private var begin: MonotonicInstant = .zero
    private var written = 0
    private var held = 0
    private var processes: Set<ProcessName> = []

    /// Whether a notice is written down; otherwise it is counted.
    mutating func admits(_ notice: LifecycleNotice) -> Bool {
        if notice.at - begin >= Self.second, held == 0 { (begin, written) = (notice.at, 0) }
        if written < Self.each, held == 0 || notice.at - begin < Self.second {
            written += 1
            return true
        }
        if notice.kind.level >= .error { return true }
        held += 1
        if let process = notice.process { processes.insert(process) }
        return false
    }

    /// When the line about what was held back is due; `nil` without any.
    var deadline: MonotonicInstant? { held > 0 ? begin + Self.second : nil }

    /// The line about what was held back, where it is due.
    mutating func takeSummary(at now: MonotonicInstant) -> String? {
        guard let deadline, now >= deadline else { return nil }
        let who = processes.count == 1 ? "1 process" : "\(processes.count) processes"
        let line =
            "\(held) more notices of \(who) within \((now - begin).shortText) are not written here; "
            + "`noviSupervisor events` has the last of them, `why` those of one app"
        (begin, written, held, processes) = (now, 0, 0, [])
        return line
    }
}
