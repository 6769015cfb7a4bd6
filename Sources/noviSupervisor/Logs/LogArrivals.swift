import LinuxSystem
import Shared
import SupervisorClient
import SupervisorCore

/// Hears of apps and instances that come while logs are followed, and asks where their logs are.
///
/// It never waits: what is known is followed on while the daemon hangs, is upgraded or is away.
final class LogArrivals {
    private let path: String
    /// Selections that the daemon understands.
    private let names: [String]
    /// Regular expressions, which are held against the names of all processes.
    private let patterns: [Regex<AnyRegexOutput>]
    private var events: VarlinkLink?
    private var questions: VarlinkLink?
    /// What was asked and not answered: whether the answer is held against the patterns.
    private var asked: [Bool] = []
    private var known: Set<String> = []
    private var mustAsk = false
    private var nextTry: Int64 = 0

    private static let pause: Int64 = 1_000_000_000
    /// Events after which a known process may have other files.
    private static let changes: Set<String> = ["registered", "configuration_changed"]

    /// Listens to the daemon of a home.
    ///
    /// - Parameters:
    ///   - layout: Where it lives.
    ///   - select: Which processes are followed, as people type it; nothing for all.
    init(_ layout: HomeLayout, _ select: [String]) {
        path = layout.controlSocket
        let expressions = select.filter { $0.hasPrefix("/") }
        patterns = expressions.compactMap { try? Regex(String($0.dropFirst().dropLast())) }
        names = select.isEmpty ? ["all"] : select.filter { !$0.hasPrefix("/") }
        connect()
    }

    /// What to watch for `.readable`.
    var rawValues: [Int32] { [events, questions].compactMap { $0?.rawValue } }
    /// Whether there is a daemon to listen to.
    var isConnected: Bool { events != nil }

    private func connect() {
        guard events == nil, Clocks.monotonicNanoseconds() >= nextTry else { return }
        nextTry = Clocks.monotonicNanoseconds() + Self.pause
        do throws(SystemError) {
            let link = try VarlinkLink(path)
            try link.call(Self.method("Events"), ["last": 0, "follow": true], more: true)
            questions = try VarlinkLink(path)
            events = link
            // What came before this is not told.
            mustAsk = true
        } catch {
            drop()
        }
    }

    private func drop() {
        events = nil
        questions = nil
        asked = []
    }

    private static func method(_ name: String) -> String { "\(SupervisorInterface.name).\(name)" }

    /// The files of the selected processes, when there may be others than before.
    func files() -> [LogFile] {
        connect()
        guard let events, let questions else { return [] }
        var found: [LogFile] = []
        do throws(SystemError) {
            for reply in try events.replies() { note(reply) }
            try questions.flush()
            for reply in try questions.replies() { found += answered(reply) }
            if mustAsk, asked.isEmpty { try ask(questions) }
        } catch {
            drop()
        }
        return found
    }

    private func note(_ reply: VarlinkReply) {
        guard let event = reply.parameters["event"], let process = event["process"]?.stringValue else {
            return
        }
        if known.insert(process).inserted || Self.changes.contains(event["event"]?.stringValue ?? "") {
            mustAsk = true
        }
    }

    private func ask(_ link: VarlinkLink) throws(SystemError) {
        mustAsk = false
        if !names.isEmpty {
            try link.call(Self.method("GetLogFiles"), ["select": .array(names.map { .string($0) })])
            asked.append(false)
        }
        if !patterns.isEmpty {
            try link.call(Self.method("GetLogFiles"), ["select": ["all"]])
            asked.append(true)
        }
    }

    /// An error says that nothing matches now: then nothing is new.
    private func answered(_ reply: VarlinkReply) -> [LogFile] {
        guard !asked.isEmpty else { return [] }
        let isFiltered = asked.removeFirst()
        guard reply.error == nil else { return [] }
        let files = LogFile.told(by: reply.parameters)
        guard isFiltered else { return files }
        return files.filter { file in
            patterns.contains { "\(file.origin.process)".contains($0) }
        }
    }
}
