/// Times as people type them.
enum TimeText {
    /// The longest time taken, a year: more is a slip of the finger.
    private static let longest: Double = 365 * 86_400_000

    /// Reads `500ms`, `30s`, `2m`, `1h`, or plain seconds.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits), number >= 0, number < 1e9 else { return nil }
        let scale: Double
        switch text.dropFirst(digits.count) {
        case "ms": scale = 1
        case "s", "": scale = 1000
        case "m", "min": scale = 60_000
        case "h": scale = 3_600_000
        default: return nil
        }
        let milliseconds = number * scale
        return milliseconds <= longest ? .milliseconds(Int64(milliseconds)) : nil
    }
}
