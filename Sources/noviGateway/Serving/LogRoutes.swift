import HTTPTypes
import Hummingbird
import LinuxSystem
import LogFiles
import NIOPosix
import Shared
import SupervisorCore
import Synchronization

/// The last lines of logs, read from the files themselves; the daemon only tells where they are.
struct LogRoutes: Sendable {
    let configuration: GatewayConfiguration
    let access: Access
    private let readers = Readers()

    init(_ configuration: GatewayConfiguration, access: Access) {
        self.configuration = configuration
        self.access = access
    }

    /// Counts who reads now.
    private final class Readers: Sendable {
        private let count = Mutex(0)

        func enter() throws(GatewayFailure) {
            let isAdmitted = count.withLock { count in
                guard count < Limits.logReaders else { return false }
                count += 1
                return true
            }
            guard isAdmitted else { throw .busy }
        }

        func leave() { count.withLock { $0 -= 1 } }
    }

    /// Which lines are wanted.
    struct Question: Sendable, Equatable {
        var process: String?
        var lines = 200
        var level: LogLevel?
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
    }

    /// Adds the routes.
    func add(to router: Router<GatewayContext>) {
        router.get("/api/logs") { request, _ in
            try access.checkReading(request.headers)
            let query = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
            return try await lines(Question(query))
        }
    }

    private func lines(_ question: Question) async throws -> Response {
        let select = question.process.map { $0.contains(":") ? $0 : "\($0):0" } ?? "all"
        let reply = try await VarlinkClient(path: configuration.controlSocket).call(
            "com.novi.Supervisor.GetLogFiles",
            ["select": .array([.string(select)])],
            wait: Limits.daemonWait
        )
        let files = reply.first?["files"]?.arrayValue ?? []
        try readers.enter()
        defer { readers.leave() }
        let lines = try await NIOThreadPool.singleton.runIfActive { try Self.read(files, question) }
        return .json(["lines": .array(lines)])
    }

    private struct Origin {
        var process: String
        var stream: String
    }

    private static func read(_ files: [JSONValue], _ question: Question) throws -> [JSONValue] {
        var sources: [LogSource] = []
        var origins: [Origin] = []
        var seen: Set<String> = []
        for file in files {
            let rules: [LevelRule] = (file["level_rules"]?.arrayValue ?? []).compactMap { rule in
                guard let level = rule["level"]?.stringValue.flatMap({ LogLevel(name: $0) }),
                    let text = rule["match"]?.stringValue
                else { return nil }
                return LevelRule(text: text, level: level)
            }
            for (member, stream) in [("output", "out"), ("error", "error")] {
                guard let path = file[member]?.stringValue, seen.insert(path).inserted else { continue }
                sources.append(
                    LogSource(
                        log: LogPath(path, archive: file["archive"]?.stringValue),
                        rules: rules,
                        defaultLevel: stream == "error" ? .error : .info
                    )
                )
                origins.append(Origin(process: file["process"]?.stringValue ?? "", stream: stream))
            }
        }
        var conditions = LineConditions(lowestLevel: question.level)
        if let search = question.search {
            conditions.pattern = try LinePattern(literal(search), ignoresCase: true)
            // A word that is nowhere would be looked for through all archives.
            conditions.since = Clocks.realtimeNanoseconds() - 24 * 3600 * 1_000_000_000
        }
        var lines: [JSONValue] = []
        let logs = try MergedLogs(sources, conditions, last: question.lines, needsLevels: true)
        try logs.read(isComplete: true) { entry, buffer in
            // The rest of a very long line is not shown.
            guard !entry.line.continues, lines.count < question.lines else { return }
            let bytes = buffer[entry.line.range].prefix(Limits.logLineBytes)
            let isCut = bytes.count < entry.line.range.count || entry.line.isContinued
            let line: JSONObject = [
                "time": .integer(entry.time / 1_000_000),
                "process": .string(origins[entry.source].process),
                "stream": .string(origins[entry.source].stream),
                "level": .optional(entry.level?.name),
                "text": .string(String(decoding: bytes, as: UTF8.self) + (isCut ? " …" : "")),
            ]
            lines.append(.object(line))
        }
        return lines
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
