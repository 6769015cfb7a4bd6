import ArgumentParser
import LinuxSystem
import SupervisorClient
import SupervisorCore

/// The command line: every subcommand and nothing else.
@main
struct NoviSupervisor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "noviSupervisor",
        abstract: "Keeps programs running, and tells why they did not.",
        discussion: """
            Examples:
              noviSupervisor start ecosystem.json --wait
              noviSupervisor start ./server.py --name web -i 2 -- --port 8080
              noviSupervisor status
              noviSupervisor monit
              noviSupervisor why web
              noviSupervisor logs -f
            """,
        version: CommandVersion.text,
        subcommands: [
            StartCommand.self, StopCommand.self, RestartCommand.self, DeleteCommand.self, ScaleCommand.self,
            StatusCommand.self, MonitCommand.self, DescribeCommand.self, WhyCommand.self, EventsCommand.self,
            LogsCommand.self,
            FlushCommand.self, ReloadLogsCommand.self, UpgradeCommand.self,
            ResetCommand.self, SignalCommand.self, CleanupCommand.self, NotifyCommand.self, PingCommand.self,
            VersionCommand.self,
            CheckCommand.self, KillCommand.self, PathsCommand.self, StartupCommand.self,
            UnstartupCommand.self,
            CompletionCommand.self, DaemonCommand.self, RunCommand.self, GatewayCommand.self,
            WhatsAppCommand.self, AlertsCommand.self, ReportCommand.self,
        ]
    )

    static func main() {
        Interruption.unblockSignals()
        // A closed pipe is an error of one write (`logs | head`), not the end by a signal.
        try? CurrentProcess.ignoreSignals([13])
        let typed = Array(CommandLine.arguments.dropFirst())
        refuseUnknownCommand(typed)
        let arguments = ArgumentRewriting.rewritten(typed)
        guard var command = namedCommand(arguments) else { return main(arguments) }
        do {
            try command.run()
        } catch {
            exit(withError: error)
        }
    }

    /// The command that the first word names, ready to run; `nil` when it is to be found by the parser of all commands.
    ///
    /// To build the parser of one command takes a fraction of what all of them take, which people and scripts wait for. Help
    /// and mistakes are left to the whole: its words name the whole command line.
    static func namedCommand(_ arguments: [String]) -> (any ParsableCommand)? {
        guard let word = arguments.first, !arguments.contains("--help"), !arguments.contains("-h") else {
            return nil
        }
        let type = configuration.subcommands.first {
            $0.configuration.commandName == word || $0.configuration.aliases.contains(word)
        }
        // As a root, because it may have commands of its own.
        return try? type?.parseAsRoot(Array(arguments.dropFirst()))
    }

    /// Ends with the nearest command where the first word is none.
    private static func refuseUnknownCommand(_ arguments: [String]) {
        // `help nonsense` would show the help of the whole.
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        guard let word = words.first, !word.hasPrefix("-") else { return }
        let commands = configuration.subcommands.map { $0.configuration }
        let names = commands.compactMap(\.commandName) + commands.flatMap(\.aliases) + ["help"]
        guard !names.contains(word) else { return }
        let hint =
            NearestName.find(word, among: names).map { "did you mean \"\($0)\"?" }
            ?? "noviSupervisor --help lists the commands"
        Output.complain("noviSupervisor: there is no command \"\(word)\"\n  hint: \(hint)")
        Process.end(ExitStatus.usage.rawValue)
    }
}

/// The version of this program.
enum CommandVersion {
    /// The version as printed.
    static let text = "0.1.0"
}
