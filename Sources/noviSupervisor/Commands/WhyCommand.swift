import ArgumentParser
import Shared

/// The command `why APP…`.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Tell the chain of causes of the last stops and restarts, newest last."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts.")
    var json = false
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.")
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            let reply = try client.call("Why", ["select": try Selections.resolve(select, client)])
            if json {
                var document: JSONObject = ["schema": 1]
                for (key, value) in reply {
                    document[key] = value
                }
                Output.line(String(decoding: JSONValue.object(document).serialized(), as: UTF8.self))
                return
            }
            let events = reply["events"]?.arrayValue ?? []
            let processes = reply["processes"]?.arrayValue ?? []
            for (index, process) in processes.enumerated() {
                if index > 0 { Output.line("") }
                show(process, events)
            }
        }
    }

    private func show(_ process: JSONValue, _ events: [JSONValue]) {
        let style = common.style
        let name = Listing.name(process)
        let state = process["state"]?.stringValue ?? "?"
        let reason = process["reason"]?.stringValue.map { ": \(style.plain($0))" } ?? ""
        Output.line(
            "\(style.paint(name, .bold)) is \(style.paint(state, Style.color(ofState: state)))\(reason)"
        )
        for event in events where event["process"]?.stringValue == name {
            Output.line("  " + style.plain(EventLine(event).text(withProcess: false)))
        }
    }
}

/// The command `events [-f] [APP…]`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened, and with -f what happens."
    )

    @OptionGroup var common: CommonOptions
    @Flag(name: [.customShort("f"), .long], help: "Go on with each new event.")
    var follow = false
    @Option(name: [.customShort("n"), .customLong("last")], help: "How many past events.")
    var last: Int = 50
    @Flag(help: "One JSON object a line.")
    var json = false
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon; nothing for all.")
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            var parameters: JSONObject = ["last": .integer(Int64(last)), "follow": .bool(follow)]
            if !select.isEmpty { parameters["select"] = try Selections.resolve(select, client) }
            // Another connection: this one belongs to the stream.
            let stream = try common.connect()
            let deadline = follow ? nil : ControlClient.readDeadline
            do throws(CommandFailure) {
                try stream.callForMany("Events", parameters, deadline: deadline) { reply in
                    guard let event = reply["event"] else { return }
                    if json {
                        Output.line(String(decoding: event.serialized(), as: UTF8.self))
                    } else {
                        Output.line(common.style.plain(EventLine(event).text(withProcess: true)))
                    }
                }
            } catch {
                // No event yet is an answer, not a failure.
                guard error.message.hasPrefix("nothing happened yet") else { throw error }
            }
        }
    }
}

/// One event as a line.
struct EventLine {
    private let event: JSONValue

    /// Makes a line of an `Event` object.
    init(_ event: JSONValue) {
        self.event = event
    }

    /// The line without its end.
    func text(withProcess: Bool) -> String {
        let time = event["time"]?.stringValue ?? "?"
        let process = event["process"]?.stringValue.map { "\($0): " } ?? ""
        return "\(time)  \(withProcess ? process : "")\(event["message"]?.stringValue ?? "?")"
    }
}
