import ArgumentParser
import Shared
import SupervisorClient

/// The command `why APP…`.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Tell the chain of causes of the last stops and restarts, newest last."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts.")
    var json = false
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            let reply = try client.call("Why", ["select": try Selections.resolve(select, client)])
            if json {
                Output.json(reply)
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
