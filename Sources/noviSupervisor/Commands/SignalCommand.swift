import ArgumentParser
import Shared
import SupervisorClient

/// The command `signal SIG APP…`.
struct SignalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal",
        abstract: "Send a signal to main processes.",
        aliases: ["sendSignal"]
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "The signal: a name or a number, such as HUP, SIGUSR2 or 15.")
    var signal: String
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard let number = UnixSignal(signal) else {
                throw CommandFailure(
                    "there is no signal \(signal)",
                    .usage,
                    hint: "write a name or a number: HUP, SIGUSR2, 15"
                )
            }
            let client = try common.connect()
            let reply = try client.call(
                "Signal",
                ["select": try Selections.resolve(select, client), "signal": .string("\(number)")]
            )
            try ChangingCommand.report(reply, common)
        }
    }
}
