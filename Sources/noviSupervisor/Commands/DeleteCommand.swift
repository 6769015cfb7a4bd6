import ArgumentParser
import Shared
import SupervisorClient

/// The command `delete APP…`.
struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Stop processes and forget them.",
        aliases: ["del"]
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(name: [.customLong("yes"), .customShort("y")], help: "Do not ask before delete all.")
    var isSure = false
    @Flag(name: .customLong("force"), help: "Do not ask, and delete also what other apps depend on.")
    var isForced = false
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let client = try common.connect(Patience(timeout))
            if select.contains("all"), !isSure, !isForced {
                try Confirmation.ask("This stops and forgets every app.", orSay: "nothing was deleted")
                // The time that somebody took to answer is not the daemon's.
                client.patience = Patience(timeout)
            }
            Interruption.leavesAppsAlone()
            let names = try Selections.resolve(select, client)
            var parameters = ChangingCommand.parameters(names, wait: nil, timeout)
            if isForced { parameters["force"] = true }
            let reply = try client.call(
                "Delete",
                parameters,
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common)
        }
    }
}
