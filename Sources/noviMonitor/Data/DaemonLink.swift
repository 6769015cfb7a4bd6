import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// What the monitor asks the daemon: questions over one connection, what happens over another.
final class DaemonLink {
    /// A question whose answer has not come.
    private enum Question: Equatable {
        case list
        case describe(String)
        case logFiles(LogScope)
    }

    /// What came.
    enum Answer {
        case snapshot(Snapshot)
        case described(String, JSONValue)
        case logFiles(LogScope, [LogFile])
        case happened(JSONValue)
        /// The daemon is gone, or never was.
        case lost(String)
    }

    private let layout: HomeLayout
    private let select: [String]
    private let clean: CleanText
    private let wantsEvents: Bool
    private var questions: VarlinkLink?
    private var events: VarlinkLink?
    private var asked: [Question] = []
    /// When the oldest question was asked, in nanoseconds since boot.
    private(set) var askedAt: Int64?
    private var rows: [ProcessRow] = []

    init(_ options: MonitorOptions, _ clean: CleanText, wantsEvents: Bool) {
        layout = options.layout
        select = options.select
        self.clean = clean
        self.wantsEvents = wantsEvents
    }

    var isConnected: Bool { questions != nil }
    /// Whether a look at all processes is under way.
    var isListing: Bool { asked.contains(.list) }
    var links: [VarlinkLink] { [questions, events].compactMap(\.self) }

    /// Connects; says why that failed.
    func connect() -> String? {
        do throws(SystemError) {
            questions = try VarlinkLink(layout.controlSocket)
            if wantsEvents {
                let link = try VarlinkLink(layout.controlSocket)
                var parameters: JSONObject = ["last": 0, "follow": true]
                if !select.isEmpty { parameters["select"] = selection }
                try link.call(Self.name("Events"), parameters, more: true)
                events = link
            }
            return nil
        } catch {
            drop()
            switch error.errorNumber {
            case ENOENT, ECONNREFUSED, ENOTDIR: return "none answers in \(layout.home)"
            case EACCES, EPERM: return "the one in \(layout.home) belongs to another user"
            default: return "\(error)"
            }
        }
    }

    private func drop() {
        questions = nil
        events = nil
        asked = []
        askedAt = nil
        rows = []
    }

    // MARK: - Asking

    private static func name(_ method: String) -> String { "\(SupervisorInterface.name).\(method)" }

    private var selection: JSONValue { .array(select.map { .string($0) }) }

    /// Asks for all processes; does nothing while that is under way.
    func list() -> Answer? {
        guard !isListing else { return nil }
        let parameters: JSONObject = select.isEmpty ? [:] : ["select": selection]
        return ask(.list, "List", parameters, more: true)
    }

    /// Asks for everything of a process; once is enough.
    func describe(_ process: String) -> Answer? {
        guard !asked.contains(.describe(process)) else { return nil }
        return ask(.describe(process), "Describe", ["select": [.string(process)]])
    }

    /// Asks where the logs of a scope are.
    func findLogs(_ scope: LogScope) -> Answer? {
        var names = JSONValue.array([.string("all")])
        if let process = scope.process {
            names = [.string(process)]
        } else if !select.isEmpty {
            names = selection
        }
        return ask(.logFiles(scope), "GetLogFiles", ["select": names])
    }

    private func ask(
        _ question: Question,
        _ method: String,
        _ parameters: JSONObject,
        more: Bool = false
    ) -> Answer? {
        guard let questions else { return nil }
        do throws(SystemError) {
            try questions.call(Self.name(method), parameters, more: more)
            asked.append(question)
            if askedAt == nil { askedAt = Clocks.monotonicNanoseconds() }
            return nil
        } catch {
            return lose(error)
        }
    }

    private func lose(_ error: SystemError) -> Answer {
        drop()
        return .lost(error.errorNumber == EPROTO ? "it speaks another language" : "it hung up")
    }

    // MARK: - Listening

    /// What a link that is ready has to tell.
    func serve(_ link: VarlinkLink) -> [Answer] {
        do throws(SystemError) {
            try link.flush()
            let replies = try link.replies()
            return link === events ? replies.compactMap { happened($0) } : replies.compactMap { answer($0) }
        } catch {
            return [lose(error)]
        }
    }

    private func happened(_ reply: VarlinkReply) -> Answer? {
        guard reply.error == nil, let event = reply.parameters["event"] else { return nil }
        return .happened(event)
    }

    private func answer(_ reply: VarlinkReply) -> Answer? {
        guard let question = asked.first else { return nil }
        if case .list = question, reply.error == nil {
            rows += (reply.parameters["processes"]?.arrayValue ?? []).map { ProcessRow($0, clean) }
            if reply.continues { return nil }
        }
        asked.removeFirst()
        askedAt = asked.isEmpty ? nil : Clocks.monotonicNanoseconds()
        switch question {
        case .list: return snapshot(reply)
        case .describe(let process):
            guard let description = reply.parameters["descriptions"]?.arrayValue?.first else { return nil }
            return .described(process, description)
        case .logFiles(let scope): return .logFiles(scope, LogFile.told(by: reply.parameters))
        }
    }

    private func snapshot(_ reply: VarlinkReply) -> Answer {
        defer { rows = [] }
        let daemon = reply.parameters["daemon"]
        return .snapshot(
            Snapshot(
                pid: daemon?["pid"]?.integerValue ?? 0,
                version: clean.clean(daemon?["version"]?.stringValue ?? "?"),
                uptimeMilliseconds: daemon?["uptime_ms"]?.integerValue ?? 0,
                // What was selected may all be deleted by now.
                rows: reply.error == nil ? rows : []
            )
        )
    }
}
