import ArgumentParser
import Shared
import SupervisorClient

/// The command `scale APP N|+N|-N`.
struct ScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Set the number of instances of an app, or change it by +N or -N."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(help: "Wait until new instances are online.")
    var wait = false
    @Argument(help: "The app, or a selection that names one.", completion: AppNameCompletion.kind)
    var app: String
    @Argument(help: "N, +N or -N.")
    var count: String

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            Interruption.leavesAppsAlone()
            let text = ArgumentRewriting.restored(count)
            guard let number = Int64(text) else {
                throw CommandFailure("\(text) is no number of instances", .usage, hint: "write 3, +1 or -1")
            }
            let key = text.hasPrefix("+") || text.hasPrefix("-") ? "change" : "instances"
            let client = try common.connect(Patience(timeout))
            let reply = try client.call(
                "Scale",
                [
                    "app": .string(try Self.app(named: app, client)), key: .integer(number),
                    "wait": .bool(wait),
                    "timeout_ms": .integer(timeout.wholeMilliseconds),
                ],
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common)
        }
    }

    /// The one app that a selection names; a name that nothing has is left to the daemon to refuse.
    private static func app(named text: String, _ client: ControlClient) throws(CommandFailure) -> String {
        let processes: [JSONValue]
        do throws(CommandFailure) {
            processes = try Listing.processes(client, try Selections.resolve([text], client))
        } catch {
            guard error.error == "UnknownProcess" else { throw error }
            return text
        }
        var names: [String] = []
        for name in processes.compactMap({ $0["name"]?.stringValue }) where !names.contains(name) {
            names.append(name)
        }
        guard let only = names.first else { return text }
        guard names.count == 1 else {
            throw CommandFailure(
                "\(text) names several apps: \(names.joined(separator: ", "))",
                .usage,
                hint: "scale one after the other"
            )
        }
        return only
    }
}
