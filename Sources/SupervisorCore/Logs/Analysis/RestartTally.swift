/// How often apps were restarted and why, by the supervisor's own log: `TIME LEVEL PROCESS: what happened`.
public struct RestartTally: Sendable {
    /// What happened to one process.
    public struct Row: Sendable {
        /// How often it was started again.
        public var restarts = 0
        /// How runs ended, or why they did not begin.
        public var causes = FrequencyTable(capacity: 100)
    }

    /// The rows by process.
    public private(set) var rows: [String: Row] = [:]

    private static let capacity = 10_000
    private static let endings = [
        "exited by itself", "killed ", "ended ", "could not start", "gave up", "did not end within",
    ]

    /// Makes an empty tally.
    public init() {}

    /// Takes a line in.
    ///
    /// - Parameters:
    ///   - line: A line of the supervisor's log without its time.
    ///   - time: When it was written, in nanoseconds since 1970.
    public mutating func add(_ line: Substring, at time: Int64) {
        let words = line.split(separator: " ", maxSplits: 2)
        guard let process = Self.process(of: line), words.count == 3 else { return }
        let message = words[2]
        let isRestart = message.hasPrefix("started with pid") && message.contains(", restart")
        let isEnding = Self.endings.contains { message.hasPrefix($0) }
        guard isRestart || isEnding, rows[process] != nil || rows.count < Self.capacity else { return }
        if isRestart { rows[process, default: Row()].restarts += 1 }
        if isEnding {
            let text = Self.cause(message)
            rows[process, default: Row()].causes.add(text, at: time)
        }
    }

    /// The process that a line is about; `nil` when it is about none.
    public static func process(of line: Substring) -> String? {
        let words = line.split(separator: " ", maxSplits: 2)
        return words.count > 1 && words[1].hasSuffix(":") ? String(words[1].dropLast()) : nil
    }

    /// The message without how long the run took and who asked, which differ each time.
    private static func cause(_ message: Substring) -> String {
        guard let start = index(of: " after ", in: message) else { return String(message) }
        let rest = message[start...].dropFirst(7).drop { $0 != "," }
        let reason = index(of: " by ", in: rest).map { rest[..<$0] } ?? rest
        return String(message[..<start] + reason)
    }

    private static func index(of text: String, in message: Substring) -> Substring.Index? {
        message.indices.first { message[$0...].hasPrefix(text) }
    }
}
