/// What many lines of logs come to: errors by pattern, slow requests, WhatsApp's link, in bounded memory.
public struct LogAnalysis: Sendable {
    /// The lines of one app.
    public struct App: Sendable {
        /// How many lines.
        public var lines = 0
        /// How many bytes.
        public var bytes: Int64 = 0
        /// How many lines of each level.
        public var levels: [LogLevel: Int] = [:]
        /// What errors and worse said.
        public var errors = FrequencyTable()
        /// What warnings said.
        public var warnings = FrequencyTable()
        /// How steady its link to WhatsApp was.
        public var link = LinkStability()
    }

    /// The apps that wrote anything.
    public private(set) var apps: [String: App] = [:]
    /// The requests of all of them.
    public private(set) var requests = RequestTimings()
    /// When the first line was written, in nanoseconds since 1970.
    public private(set) var first: Int64?
    /// When the last line was written.
    public private(set) var last: Int64?

    /// Makes one of no lines.
    public init() {}

    /// Takes a line in.
    ///
    /// - Parameters:
    ///   - line: The line without its end.
    ///   - name: The app whose it is.
    ///   - level: Its level.
    ///   - time: When it was written, in nanoseconds since 1970.
    ///   - continues: Whether it goes on with the entry before, as a step of a stack trace: that is no error of its own.
    public mutating func add(
        _ line: ArraySlice<UInt8>,
        app name: String,
        level: LogLevel,
        at time: Int64,
        continues: Bool = false
    ) {
        first = min(first ?? time, time)
        last = max(last ?? time, time)
        var app = apps.removeValue(forKey: name) ?? App()
        defer { apps[name] = app }
        app.lines += 1
        app.bytes += Int64(line.count) + 1
        guard !continues else { return }
        app.levels[level, default: 0] += 1
        if level >= .error {
            app.errors.add(MessagePattern.text(of: line), at: time)
        } else if level >= .warning {
            app.warnings.add(MessagePattern.text(of: line), at: time)
        }
        if let timing = RequestTiming(line) { requests.add(timing, app: name, at: time) }
        app.link.add(line, at: time)
    }
}
