public import LinuxSystem
public import SupervisorCore

/// Which lines of a log a reader wants.
public struct LineConditions {
    /// From when on, in nanoseconds since 1970; `nil` from the beginning.
    public var since: Int64?
    /// Until when, that moment included, in nanoseconds since 1970; `nil` for no end.
    public var until: Int64?
    /// Of at least which level.
    public var lowestLevel: LogLevel?
    /// What they must hold.
    public var pattern: LinePattern?

    /// Makes conditions; without any, all lines are wanted.
    public init(
        since: Int64? = nil,
        until: Int64? = nil,
        lowestLevel: LogLevel? = nil,
        pattern: LinePattern? = nil
    ) {
        self.since = since
        self.until = until
        self.lowestLevel = lowestLevel
        self.pattern = pattern
    }

    /// Both conditions at once: the narrower bounds of the two in time.
    func narrowed(since: Int64?, until: Int64?) -> LineConditions {
        var result = self
        result.since = [self.since, since].compactMap(\.self).max()
        result.until = [self.until, until].compactMap(\.self).min()
        return result
    }
}

/// Judges the lines of one log one after the other.
struct LineJudge {
    private let conditions: LineConditions
    private let source: LogSource
    private let needsLevel: Bool
    /// The level of the last line, which the steps of a stack trace share.
    private(set) var level: LogLevel?
    /// What the program wrote in the last line; only where levels are needed.
    private(set) var message = LineMessage()
    /// What became of the line whose later parts come now.
    private var isWanted = false

    /// Begins to judge; the level is that of the entry in whose midst reading begins.
    init(_ conditions: LineConditions, _ source: LogSource, needsLevel: Bool = false, level: LogLevel? = nil)
    {
        self.level = level
        self.conditions = conditions
        self.source = source
        self.needsLevel = needsLevel || conditions.lowestLevel != nil
    }

    /// Whether a line of this time is wanted; the time is asked for only where it counts.
    mutating func admits(_ line: LineAssembler.Line, in buffer: [UInt8], time: () -> Int64) -> Bool {
        // Parts of one line stay together.
        if line.continues {
            message = LineMessage()
            return isWanted
        }
        let bytes = buffer.span.extracting(line.range)
        if needsLevel { noteLevel(bytes) }
        isWanted = isWithin(time) && holds(bytes)
        return isWanted
    }

    private mutating func noteLevel(_ bytes: Span<UInt8>) {
        message = source.format.message(of: bytes)
        if let text = message.text {
            noteLevel(ofMessage: text.span)
        } else {
            noteLevel(ofMessage: bytes.extracting(message.start..<bytes.count))
        }
    }

    private mutating func noteLevel(ofMessage bytes: Span<UInt8>) {
        if let own = LevelRecognition.level(of: bytes, rules: source.rules) {
            level = own
        } else if level == nil || !LevelRecognition.continuesEntry(bytes) {
            level = source.defaultLevel
        }
    }

    private func isWithin(_ time: () -> Int64) -> Bool {
        guard conditions.since != nil || conditions.until != nil else { return true }
        let time = time()
        return time >= conditions.since ?? .min && time <= conditions.until ?? .max
    }

    private func holds(_ bytes: Span<UInt8>) -> Bool {
        if let lowest = conditions.lowestLevel, (level ?? source.defaultLevel) < lowest { return false }
        return conditions.pattern?.matches(bytes) ?? true
    }
}

/// One log that is read together with others.
public struct LogSource {
    /// Its place.
    public var log: LogPath
    /// What its lines look like: what a program wrote may stand behind a stamp or in a record.
    public var format: DerivedFormat
    /// The app's own rules for levels.
    public var rules: [LevelRule]
    /// The level of lines that say none.
    public var defaultLevel: LogLevel
    /// From when on, in nanoseconds since 1970, beside what holds for all logs; as for the run of one process.
    public var since: Int64?
    /// Until when, beside what holds for all logs.
    public var until: Int64?

    /// Makes a source.
    public init(
        log: LogPath,
        format: DerivedFormat = .plain,
        rules: [LevelRule] = [],
        defaultLevel: LogLevel = .info,
        since: Int64? = nil,
        until: Int64? = nil
    ) {
        self.log = log
        self.format = format
        self.rules = rules
        self.defaultLevel = defaultLevel
        self.since = since
        self.until = until
    }
}
