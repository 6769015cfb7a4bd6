import ArgumentParser
import Shared
import SupervisorClient

/// The command `reset APP…`.
struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forget restart counters and failures."
    )

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            let reply = try client.call("Reset", ["select": try Selections.resolve(select, client)])
            try ChangingCommand.report(reply, common)
        }
    }
}
