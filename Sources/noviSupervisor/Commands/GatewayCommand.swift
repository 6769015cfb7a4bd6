import ArgumentParser
import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// The command `gateway`: becomes noviGateway, which this program does not carry the server for.
struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Serve the dashboard, /metrics and a read API over HTTP."
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "Address, such as tcp://127.0.0.1:9615 or unix:///run/novi/gateway.sock.")
    var listen: String?

    func run() throws {
        try perform { () throws(CommandFailure) in
            let program = DaemonLauncher.beside("noviGateway")
            guard access(program, X_OK) == 0 else {
                throw CommandFailure(
                    "cannot execute \(program): \(SystemError.text(of: errno))",
                    hint: "it is installed beside noviSupervisor, unless NOVI_PARTS=supervisor left it out"
                )
            }
            try Execution.replace(with: program, try Self.arguments(self))
        }
    }

    /// What noviGateway gets.
    ///
    /// As an app it finds its supervisor by the variables that every app has, also where run and state folder lie apart.
    static func arguments(_ command: GatewayCommand) throws(CommandFailure) -> [String] {
        var arguments: [String] = []
        if command.common.home != nil || CurrentProcess.environmentValue("NOVI_RUN_DIRECTORY") == nil {
            let layout = try command.common.layout()
            arguments += layout == .system ? ["--system"] : ["--home", layout.home]
        }
        if let listen = command.listen { arguments += ["--listen", listen] }
        return arguments
    }
}
