import ArgumentParser
import SupervisorClient

/// The command `completion SHELL`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script for bash, zsh or fish."
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: String

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard let known = CompletionShell(rawValue: shell) else {
                throw CommandFailure(
                    "there is no completion for \(shell)",
                    .usage,
                    hint: "choose bash, zsh or fish"
                )
            }
            Output.line(NoviSupervisor.completionScript(for: known))
        }
    }
}
