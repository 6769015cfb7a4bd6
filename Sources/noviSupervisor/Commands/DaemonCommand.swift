import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

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
            guard isServiceProcess else { try Keeper.becomeOne(layout) }
            let home = layout == .system ? ["--system"] : ["--home", layout.home]
            try Execution.replace(with: DaemonLauncher.program, home)
        }
    }

    /// Whether systemd started this very process: it is the keeper then, and the daemon must be the main process
    /// (systemd.exec(5), SYSTEMD_EXEC_PID).
    private var isServiceProcess: Bool {
        CurrentProcess.environmentValue("NOTIFY_SOCKET") != nil
            || CurrentProcess.environmentValue("SYSTEMD_EXEC_PID") == "\(CurrentProcess.processID)"
    }
}
