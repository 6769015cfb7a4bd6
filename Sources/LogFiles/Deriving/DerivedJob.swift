public import SupervisorCore

/// What is to be derived from which primary logs, and where it goes.
public struct DerivedJob: Hashable, Sendable {
    /// One primary log.
    public struct Source: Hashable, Sendable {
        /// Where it is.
        public var log: LogPath
        /// Whose lines it holds.
        public var origin: LineOrigin
        /// The app's own rules for levels.
        public var rules: [LevelRule]
        /// The level of lines that say none.
        public var defaultLevel: LogLevel

        /// Makes a source; lines that say nothing are `error` on standard error and `info` on standard output.
        public init(
            log: LogPath,
            origin: LineOrigin,
            rules: [LevelRule] = [],
            defaultLevel: LogLevel? = nil
        ) {
            self.log = log
            self.origin = origin
            self.rules = rules
            self.defaultLevel = defaultLevel ?? (origin.stream == .error ? .error : .info)
        }
    }

    /// Which lines go there.
    public enum Filter: Hashable, Sendable {
        /// All.
        case all
        /// Those of at least this level.
        case level(LogLevel)
        /// Those of one output.
        case stream(OutputStream)
    }

    /// Where lines go.
    public enum Target: Hashable, Sendable {
        /// To a file in a format; it is rotated by this policy.
        case file(LogPath, DerivedFormat, LogPolicy)
        /// To the systemd journal; the text is the path of the record of what was sent.
        case journal(commitPath: String, parsesFields: Bool)
    }

    /// Where the first reading of a source begins.
    public enum Start: Hashable, Sendable {
        /// With the oldest file that is there.
        case beginning
        /// With the first byte of the file that is being written.
        case live
        /// With what is written from now on.
        case end
    }

    /// The primary logs.
    public var sources: [Source]
    /// Which of their lines go there.
    public var filter: Filter
    /// Where lines go.
    public var target: Target
    /// Where the first reading of a source begins.
    public var start: Start
    /// The longest line that is written in one piece, in bytes.
    public var maximumLineBytes: Int

    /// Makes a job.
    public init(
        sources: [Source],
        filter: Filter = .all,
        target: Target,
        start: Start = .live,
        maximumLineBytes: Int = LineAssembler.defaultMaximumBytes
    ) {
        self.sources = sources
        self.filter = filter
        self.target = target
        self.start = start
        self.maximumLineBytes = maximumLineBytes
    }
}
