import LinuxSystem
import SupervisorCore

/// The texts of the times of lines; one is made for each moment that differs in the text.
final class LineStamps {
    private var text: [UInt8] = []
    private var moment: Int64?

    /// Makes stamps.
    ///
    /// - Parameters:
    ///   - pattern: In moment.js letters; `nil` for RFC 3339 in UTC.
    ///   - usesUTC: Whether a pattern tells the time in UTC.
    init(pattern: String?, usesUTC: Bool = false) {
    }

    /// The text of a time.
    func text(of nanoseconds: Int64) -> [UInt8] {
        let moment = nanoseconds / 1_000_000
        if moment == self.moment { return text }
        self.moment = moment
        text = Array(Clocks.timestamp(of: nanoseconds).utf8)
        return text
    }
}
