/// What the parser cannot take as people type it, put into a form that it can.
enum ArgumentRewriting {
    /// The hidden option that carries one argument of a program.
    static let programArgument = "program-argument"
    private static let minus = "minus:"

    /// Rewrites `start X -- A B` and `scale X -1`.
    static func rewritten(_ arguments: [String]) -> [String] {
        switch arguments.first(where: { !$0.hasPrefix("-") }) {
        case "start": carryingProgramArguments(arguments)
        case "scale": arguments.map(protected)
        default: arguments
        }
    }

    /// Everything behind `--` is the program's, also what looks like an option of ours.
    private static func carryingProgramArguments(_ arguments: [String]) -> [String] {
        guard let end = arguments.firstIndex(of: "--") else { return arguments }
        return arguments[..<end] + arguments[(end + 1)...].map { "--\(programArgument)=\($0)" }
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
