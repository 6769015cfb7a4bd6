import ArgumentParser
import Shared

/// The command `daemon`.
struct DaemonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Run the daemon in the foreground."
    )

    @OptionGroup var common: CommonOptions

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            let home = layout == .system ? ["--system"] : ["--home", layout.home]
            try Execution.replace(with: DaemonLauncher.program, home)
        }
    }
}
