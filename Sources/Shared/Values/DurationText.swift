extension Duration {
    /// The duration for people, two units at the most: `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 12 min`, `5 d 2 h`.
    public var shortText: String {
        let milliseconds = wholeMilliseconds
        guard milliseconds >= 0 else { return "0 ms" }
        guard milliseconds >= 1000 else { return "\(milliseconds) ms" }
        let seconds = milliseconds / 1000
        switch seconds {
        case ..<60:
            let tenths = milliseconds % 1000 / 100
            return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
        case ..<3600: return Self.pair(seconds / 60, "min", seconds % 60, "s")
        case ..<86_400: return Self.pair(seconds / 3600, "h", seconds % 3600 / 60, "min")
        default: return Self.pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
        }
    }

    private static func pair(
        _ major: Int64,
        _ majorUnit: String,
        _ minor: Int64,
        _ minorUnit: String
    ) -> String {
        minor == 0 ? "\(major) \(majorUnit)" : "\(major) \(majorUnit) \(minor) \(minorUnit)"
    }
}
