import ArgumentParser
import Glibc
import LinuxSystem
import WorkerSupport

/// The web page, the metrics and the read API of one supervisor, as a program of its own: its faults cost nobody else anything.
@main
struct NoviGateway: AsyncParsableCommand {
    /// The version that is told.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "noviGateway",
        abstract: "Serves the dashboard, /metrics and a read API of a supervisor over HTTP.",
        discussion: """
            Asks the daemon's control socket and the workers' sockets; changes nothing unless an operator token is set and sent. \
            Listens on --listen, NOVI_GATEWAY_LISTEN or tcp://127.0.0.1:9615. On an address that others can reach \
            NOVI_GATEWAY_TOKEN must be set.

            NOVI_GATEWAY_TOKEN, NOVI_GATEWAY_OPERATOR_TOKEN (or …_FILE), NOVI_GATEWAY_HOSTS and NOVI_GATEWAY_PUBLIC_APPS are told \
            in docs/DASHBOARD.md. Ready once it listens. A wrong configuration exits 78 and names every problem.
            """,
        version: version
    )

    @Option(help: "Address to listen on, such as tcp://127.0.0.1:9615 or unix:///run/novi/gateway.sock.")
    var listen: String?

    @Option(help: "The supervisor's home folder (default: NOVI_RUN_DIRECTORY, NOVI_HOME, ~/.novi).")
    var home: String?

    @Flag(help: "The supervisor of the system service.")
    var system = false

    func run() async throws {
        do {
            var reader = VariableReader()
            let configuration = GatewayConfiguration(&reader, listen: listen, home: home, system: system)
            try reader.finish()
            // What is made here, sockets and history, is for our user only.
            _ = CurrentProcess.setUmask(0o077)
            try await Gateway(configuration).run()
        } catch let failure as ConfigurationFailure {
            for problem in failure.problems { complain(problem) }
            throw ExitCode(ConfigurationFailure.exitCode)
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }

    private func complain(_ text: String) {
        let bytes = Array("noviGateway: \(text)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
