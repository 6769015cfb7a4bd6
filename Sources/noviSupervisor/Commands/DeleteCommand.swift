import ArgumentParser
import LinuxSystem

/// The command `delete APP…`.
struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Stop processes and forget them.",
        aliases: ["del"]
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(
        name: [.customLong("yes"), .customLong("force"), .customShort("y")],
        help: "Do not ask before delete all."
    )
    var isSure = false
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let client = try common.connect()
            if select.contains("all"), !isSure, Terminal.isTerminal(0), Terminal.isTerminal(2) {
                try ask()
            }
            Interruption.leavesAppsAlone()
            let names = try Selections.resolve(select, client)
            let reply = try client.call(
                "Delete",
                ChangingCommand.parameters(names, wait: nil, timeout),
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common)
        }
    }

    private func ask() throws(CommandFailure) {
        Output.complain("This stops and forgets every app. Type yes to go on:")
        guard readLine() == "yes" else { throw CommandFailure("nothing was deleted", .failed) }
    }
}
