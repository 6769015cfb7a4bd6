import ArgumentParser
import SupervisorClient

/// The command `stop APP…`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop processes, dependants first."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let client = try common.connect(Patience(timeout))
            Interruption.leavesAppsAlone()
            let names = try Selections.resolve(select, client)
            let reply = try client.call(
                "Stop",
                ChangingCommand.parameters(names, wait: nil, timeout),
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common)
        }
    }
}
