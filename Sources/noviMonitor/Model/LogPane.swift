import LinuxSystem
import SupervisorCore

/// One line of a log, ready to be shown.
struct LogLine: Hashable, Sendable {
    /// Counts the lines of this screen.
    var sequence = 0
    /// The time of day, such as `12:30:05`.
    var time: String
    /// Whose line it is.
    var process: String
    /// Whether it was written to standard error.
    var isError: Bool
    var level: LogLevel
    /// Its text, cleaned.
    var text: String
}

/// Whose logs are shown, and of which run.
struct LogScope: Hashable, Sendable {
    /// The process; `nil` for all.
    var process: String?
    /// Whether it is the run that ended last.
    var isPrevious = false
}

/// The lines of logs and how they are looked at.
struct LogPane {
    /// How many lines are kept.
    static let capacity = 5000
    /// How many of the past are read at first.
    static let firstLines = 500
    /// What is cut off at once when there are too many: not one line with each that comes.
    private static let slack = 500

    private(set) var scope = LogScope()
    /// All lines that are kept, oldest first.
    private(set) var lines: [LogLine] = []
    /// Those that the filter and the level let through.
    private(set) var shown: [LogLine] = []
    private var nextSequence = 1
    /// The last line on the screen; `nil` follows the newest.
    private(set) var bottom: Int?
    var wraps = false
    var showsTimes = false
    private(set) var lowestLevel: LogLevel?
    private(set) var filter: Search?
    private(set) var search: Search?
    /// The line that the search stands on.
    private(set) var found: Int?
    /// Why there is nothing, such as that a file cannot be read.
    var trouble: String?
    /// Lines that came while the screen stands still.
    var unseen: Int {
        guard let bottom else { return 0 }
        return shown.count - 1 - (shown.lastIndex { $0.sequence <= bottom } ?? -1)
    }

    /// A pattern that lines are held against.
    struct Search {
        var text: String
        var pattern: LinePattern

        /// Compiles a pattern: small letters match capitals, too, as in less(1) with -i.
        init(_ text: String) throws(LinePattern.Failure) {
            self.text = text
            pattern = try LinePattern(text, ignoresCase: !text.contains { $0.isUppercase })
        }

        func matches(_ text: String) -> Bool {
            pattern.matches(Array(text.utf8).span)
        }

        /// Where it is found in a text, in bytes; at most as many as a line of a screen can show.
        func ranges(in text: String) -> [Range<Int>] {
            let bytes = Array(text.utf8)
            var ranges: [Range<Int>] = []
            var start = 0
            while ranges.count < 64, let range = pattern.firstMatch(in: bytes.span, from: start) {
                if !range.isEmpty { ranges.append(range) }
                start = max(range.upperBound, start + 1)
            }
            return ranges
        }
    }

    /// Begins anew with other logs.
    mutating func open(_ scope: LogScope) {
        self.scope = scope
        lines = []
        shown = []
        bottom = nil
        found = nil
        trouble = nil
    }

    /// Takes new lines.
    mutating func append(_ new: [LogLine]) {
        for var line in new {
            line.sequence = nextSequence
            nextSequence += 1
            lines.append(line)
            if isShown(line) { shown.append(line) }
        }
        guard lines.count > Self.capacity else { return }
        lines.removeFirst(lines.count - Self.capacity + Self.slack)
        let oldest = lines.first?.sequence ?? 0
        shown.removeFirst(shown.firstIndex { $0.sequence >= oldest } ?? shown.count)
        // What was looked at is gone: the oldest that is left.
        if let place = bottom, place < oldest { bottom = shown.first?.sequence }
    }

    private func isShown(_ line: LogLine) -> Bool {
        if let lowestLevel, line.level < lowestLevel { return false }
        return filter?.matches(line.text) ?? true
    }

    private mutating func filterAgain() {
        shown = lines.filter { isShown($0) }
        if let place = bottom { bottom = (shown.last { $0.sequence <= place } ?? shown.first)?.sequence }
    }

    mutating func setFilter(_ filter: Search?) {
        self.filter = filter
        filterAgain()
    }

    /// Goes on to the next level: all lines, from warnings on, from errors on.
    mutating func changeLevel() {
        lowestLevel =
            switch lowestLevel {
            case nil: .warning
            case .warning: .error
            default: nil
            }
        filterAgain()
    }

    // MARK: - Moving

    /// The place of the last line on the screen among those shown.
    var bottomIndex: Int {
        guard let bottom else { return shown.count - 1 }
        return shown.lastIndex { $0.sequence <= bottom } ?? min(0, shown.count - 1)
    }

    mutating func follow() { bottom = nil }

    mutating func toggleFollowing() {
        bottom = bottom == nil ? shown.last?.sequence : nil
    }

    /// Moves by lines, up if negative; the newest line makes it follow again.
    mutating func scroll(_ count: Int, page: Int) {
        guard !shown.isEmpty else { return }
        let lowest = min(shown.count - 1, max(0, page - 1))
        let target = max(lowest, bottomIndex + count)
        bottom = target >= shown.count - 1 && count > 0 ? nil : shown[min(target, shown.count - 1)].sequence
    }

    mutating func scrollToTop(page: Int) {
        guard !shown.isEmpty else { return }
        bottom = shown[min(shown.count - 1, max(0, page - 1))].sequence
    }

    // MARK: - Searching

    /// Sets what is searched, and goes to the newest line that holds it; says whether there is one.
    mutating func begin(_ search: Search?) -> Bool {
        self.search = search
        found = nil
        return search == nil || goOn(forward: false)
    }

    /// Goes to the next older line that holds what is searched, or the next newer; says whether there is one.
    mutating func goOn(forward: Bool) -> Bool {
        guard let search else { return false }
        let start = found.flatMap { place in shown.lastIndex { $0.sequence <= place } }
        let hit: Int?
        if forward {
            let next = (start ?? -1) + 1
            hit = next < shown.count ? shown[next...].firstIndex { search.matches($0.text) } : nil
        } else {
            hit = shown[..<(start ?? shown.count)].lastIndex { search.matches($0.text) }
        }
        guard let hit else { return false }
        found = shown[hit].sequence
        // A few lines behind it are shown as well.
        let last = min(shown.count - 1, hit + 3)
        bottom = shown[last].sequence
        return true
    }
}
