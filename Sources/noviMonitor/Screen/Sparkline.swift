/// A row of little bars.
enum Sparkline {
    private static let bars = Array("▁▂▃▄▅▆▇█").map { "\($0)" }
    private static let asciiBars = Array("_.-=+*#@").map { "\($0)" }

    /// The newest samples as bars, the newest on the right.
    ///
    /// - Parameters:
    ///   - samples: The samples, oldest first; `nil` where there was nothing to measure.
    ///   - width: How many are shown.
    ///   - floor: The least value that fills a whole bar: little noise shall not look like a mountain.
    ///   - hasUnicode: Whether bars are letters beyond ASCII.
    /// - Returns: As many columns as asked for.
    static func text(_ samples: [Double?], width: Int, floor: Double, hasUnicode: Bool) -> String {
        guard width > 0 else { return "" }
        let shown = samples.suffix(width)
        let top = max(floor, shown.compactMap(\.self).max() ?? 0)
        let bars = hasUnicode ? bars : asciiBars
        let marks = shown.map { sample -> String in
            guard let sample, sample.isFinite, top > 0 else { return " " }
            let share = min(1, max(0, sample / top))
            return bars[min(bars.count - 1, Int(share * Double(bars.count)))]
        }
        return String(repeating: " ", count: width - marks.count) + marks.joined()
    }
}
