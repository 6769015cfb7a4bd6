import LinuxSystem
import SupervisorCore

/// A destination that takes nothing, and what became of the output meanwhile (M10).
struct OutputTrouble {
    /// Why it takes nothing.
    let error: SystemError
    /// Since when.
    let since: Moment
    /// Whether whole lines are dropped, so that the app does not wait.
    var isDropping = false
    /// Whether what was dropped last is the head of a line whose end is still to come.
    var isInsideLine = false
    /// What was dropped.
    var dropped = DroppedOutput()

    /// How long an app waits for its log before lines are dropped.
    static let patienceNanoseconds: Int64 = 5_000_000_000

    /// Whether the app has waited long enough.
    func isOverdue(_ action: FullDiskAction, _ now: Moment) -> Bool {
        switch action {
        case .block: false
        case .drop: true
        case .waitThenDrop: now.boot - since.boot >= Self.patienceNanoseconds
        }
    }

    /// Counts output that is thrown away; returns how much it is.
    mutating func drop(_ bytes: [UInt8]) -> DroppedOutput {
        var output = DroppedOutput(bytes: Int64(bytes.count))
        for byte in bytes where byte == 0x0A { output.lines += 1 }
        if let last = bytes.last { isInsideLine = last != 0x0A }
        dropped += output
        return output
    }

    /// The line that stands in the log for what was dropped.
    func marker(_ now: Moment) -> [UInt8] {
        let reason = SystemError.text(of: error.errorNumber)
        let times = "\(Clocks.timestamp(of: since.wall)) to \(Clocks.timestamp(of: now.wall))"
        let text = "[novi: \(dropped.lines) lines (\(dropped.bytes) bytes) dropped: \(reason), \(times)]\n"
        return Array(text.utf8)
    }
}

/// Output that was thrown away because its log took nothing.
struct DroppedOutput: Hashable, Sendable {
    var lines: Int64 = 0
    var bytes: Int64 = 0

    static func += (left: inout Self, right: Self) {
        left.lines += right.lines
        left.bytes += right.bytes
    }
}
