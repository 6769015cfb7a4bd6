/// What is made of an app's raw output besides the primary log.
public struct DerivedLogs: Hashable, Sendable {
    /// The time before each line, in moment.js letters (PM2's `log_date_format`, `time`); `nil` for none.
    public var stampPattern: String?
    /// Whether each line is a JSON record (PM2's `log_type: "json"`).
    public var isJSON = false
    /// A file with the lines of both streams, of several apps when they name the same one (PM2's `log_file`).
    public var combined: String?
    /// Files with the lines of at least a level, of several apps when they name the same one.
    public var levelFiles: [LogLevel: String] = [:]
    /// The app's own rules for the levels of its lines; the first that matches counts.
    public var levelRules: [LevelRule] = []
    /// What of every line goes to the systemd journal, too.
    public var journal = JournalCopy.none

    /// Makes nothing of it.
    public init() {}

    /// Whether the files that are named for the streams are derived, so that the raw output lies beside them (M9).
    public var replacesStreams: Bool { stampPattern != nil || isJSON }
    /// PM2's format for `time: true`.
    public static let usualStampPattern = "YYYY-MM-DDTHH:mm:ss"
}

/// What of an app's lines goes to the systemd journal.
public enum JournalCopy: Hashable, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// Every line as one entry.
    case lines
    /// The same, and the members of a line that is a JSON object as fields of its entry.
    case linesWithFields
}
