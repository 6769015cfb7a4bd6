import ArgumentParser

/// What the parser cannot take as people type it, put into a form that it can.
enum ArgumentRewriting {
    /// The hidden option that carries one argument of a program.
    static let programArgument = "program-argument"
    private static let minus = "minus:"
    /// Stands before each argument, as the parser takes no option with an empty value.
    private static let colon = ":"

    /// Rewrites `start X -- A B`, `scale X -1`, `status --watch=5s` and `--version --json`.
    static func rewritten(_ arguments: [String]) -> [String] {
        // What a shell asks when it completes a line is not for us to change.
        guard arguments.first?.hasPrefix("---") != true else { return arguments }
        if arguments.contains("--version"), arguments.contains("--json") {
            return ["version"] + arguments.filter { $0 != "--version" && $0 != "version" }
        }
        return switch arguments.first(where: { !$0.hasPrefix("-") }) {
        case "start": carryingProgramArguments(arguments)
        case "scale": arguments.map(protected)
        case "status", "list", "ls", "ps", "l": arguments.flatMap(separated)
        case "logs", "log": helpingWithLogs(arguments)
        case "help" where arguments.count == 2 && logs.contains(arguments[1]): arguments + ["show"]
        default: arguments
        }
    }

    private static let logs: Set = ["logs", "log"]
    private static let helps: Set = ["--help", "-h"]

    /// Help for `logs` is that of its default subcommand, which has the options that people look for.
    private static func helpingWithLogs(_ arguments: [String]) -> [String] {
        let words = LogsCommand.configuration.subcommands.flatMap {
            [$0.configuration.commandName].compactMap(\.self) + $0.configuration.aliases
        }
        let named = arguments.filter { !$0.hasPrefix("-") }.dropFirst().first
        guard arguments.contains(where: helps.contains),
            let place = arguments.firstIndex(where: logs.contains),
            !words.contains(named ?? "")
        else { return arguments }
        return arguments[...place] + ["show"] + arguments[(place + 1)...]
    }

    /// Everything behind `--` is the program's, also what looks like an option of ours.
    private static func carryingProgramArguments(_ arguments: [String]) -> [String] {
        guard let end = arguments.firstIndex(of: "--") else { return arguments }
        return arguments[..<end] + arguments[(end + 1)...].map { "--\(programArgument)=\(colon)\($0)" }
    }

    /// An argument of a program as it was typed.
    static func decodedArgument(_ text: String) -> String {
        String(text.dropFirst(colon.count))
    }

    /// A flag takes no value; the time behind it becomes an option of its own.
    private static func separated(_ argument: String) -> [String] {
        let watch = "--watch="
        guard argument.hasPrefix(watch) else { return [argument] }
        return ["--watch", "--interval=\(argument.dropFirst(watch.count))"]
    }

    private static func protected(_ argument: String) -> String {
        guard argument.hasPrefix("-"), let number = Int64(argument), number < 0 else { return argument }
        return minus + argument.dropFirst()
    }

    /// Gives a protected number its sign back.
    static func restored(_ text: String) -> String {
        text.hasPrefix(minus) ? "-" + text.dropFirst(minus.count) : text
    }
}
