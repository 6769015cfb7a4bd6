import LinuxSystem
import LogFiles
import SupervisorCore

/// Which lines of logs are wanted.
struct LogQuestion: Sendable, Hashable {
    /// Of which process; `nil` for all.
    var process: String?
    /// How many of the newest.
    var lines = 200
    /// Of at least which level.
    var level: LogLevel?
    /// What they hold, in any case of letters.
    var search: String?

    /// Reads the parameters of a request.
    init(_ query: [(name: String, value: String)]) throws(GatewayFailure) {
        for (name, value) in query where !value.isEmpty {
            switch name {
            case "process": process = value
            case "lines":
                lines = try ReadRoutes.number(value[...], "lines", in: 1...Limits.logLines) ?? lines
            case "level":
                guard let level = LogLevel(name: value) else {
                    let known = LogLevel.allCases.map(\.name).joined(separator: ", ")
                    throw .badRequest("level is none of \(known)")
                }
                self.level = level
            case "search":
                guard value.utf8.count <= Limits.searchBytes, !value.utf8.contains(0) else {
                    throw .badRequest("search has more than \(Limits.searchBytes) bytes")
                }
                search = value
            default: throw .badRequest("\(name) is no parameter; there are process, lines, level, search")
            }
        }
    }

    /// The conditions in the words of the log reader.
    ///
    /// - Parameter now: Nanoseconds since 1970.
    /// - Returns: What a line must be.
    /// - Throws: `LinePattern.Failure`, for a search that is no text.
    func conditions(at now: Int64) throws(LinePattern.Failure) -> LineConditions {
        var conditions = LineConditions(lowestLevel: level)
        if let search {
            conditions.pattern = try LinePattern(Self.literal(search), ignoresCase: true)
            // A word that is nowhere would be looked for through all archives.
            conditions.since = now - 24 * 3600 * 1_000_000_000
        }
        return conditions
    }

    /// The text as an expression that finds just it.
    static func literal(_ text: String) -> String {
        var expression = ""
        for character in text {
            if "\\^$.[]|()*+?{}".contains(character) { expression.append("\\") }
            expression.append(character)
        }
        return expression
    }
}
