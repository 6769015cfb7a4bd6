import LinuxSystem
import Observation
import Shared
import WorkerSupport

/// Everything that the gateway is told from outside.
struct GatewayConfiguration: Sendable {
    /// What every worker is told.
    let environment: WorkerEnvironment

    /// The supervisor's run folder, with the control socket and the workers' folders.
    let runDirectory: String

    /// The supervisor's home or state folder, whose file system is the one that is watched.
    let home: String

    /// Where history is kept; `nil` without a supervisor.
    let historyDirectory: String?

    /// Where to listen.
    let listen: GatewayAddress

    /// Who reads must send it; `nil` when reading is free on this machine.
    let readToken: Secret?

    /// Who changes something must send it; `nil` when nobody may.
    let operatorToken: Secret?

    /// Names in `Host` headers that are ours, beside addresses and localhost.
    let hosts: Set<String>

    /// Which alerts are told, and to whom.
    let alerts: AlertConfiguration

    /// What `/status` tells; empty when there is no public board.
    let publicApps: [PublicApp]

    /// Reads variables and options; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader, listen option: String?, home: String?, system: Bool) {
        environment = WorkerEnvironment(&reader, app: "gateway")
        let layout: HomeLayout? = system ? .system : home.map { HomeLayout(home: $0) }
        runDirectory = layout?.runDirectory ?? environment.runDirectory
        let variable = reader.path("NOVI_HOME") ?? reader.text("HOME").map { "\($0)/.novi" }
        self.home = layout?.stateDirectory ?? variable ?? "/"
        historyDirectory = environment.dataDirectory.map { "\($0)/history" }
        readToken = Self.token("NOVI_GATEWAY_TOKEN", &reader)
        operatorToken = Self.token("NOVI_GATEWAY_OPERATOR_TOKEN", &reader)
        hosts = Set(
            (reader.text("NOVI_GATEWAY_HOSTS") ?? "").split(whereSeparator: { $0 == "," || $0 == " " })
                .map { $0.lowercased() }
        )
        listen = Self.address(option, &reader)
        publicApps = Self.publicApps(&reader)
        alerts = Self.alerts(&reader)
        if !listen.isLocal, readToken == nil {
            reader.report(
                "\(listen) can be reached from other machines, so NOVI_GATEWAY_TOKEN or NOVI_GATEWAY_TOKEN_FILE must be set"
            )
        }
        if let readToken, readToken == operatorToken {
            reader.report(
                "NOVI_GATEWAY_TOKEN and NOVI_GATEWAY_OPERATOR_TOKEN must differ: one reads, one changes"
            )
        }
    }

    /// The daemon's socket.
    var controlSocket: String { "\(runDirectory)/control.sock" }

    /// The socket of a worker.
    func workerSocket(_ app: String, _ instance: Int) -> String {
        "\(runDirectory)/apps/\(app)-\(instance)/worker.sock"
    }

    private static func token(_ name: String, _ reader: inout VariableReader) -> Secret? {
        guard let token = reader.secret(name) else { return nil }
        if token.text.utf8.count < Limits.tokenBytes {
            reader.report(
                "\(name) must have at least \(Limits.tokenBytes) characters, such as from: openssl rand -hex 24"
            )
        }
        return token
    }

    private static func address(_ option: String?, _ reader: inout VariableReader) -> GatewayAddress {
        let name = option == nil ? "NOVI_GATEWAY_LISTEN" : "--listen"
        guard let text = option ?? reader.text("NOVI_GATEWAY_LISTEN") else { return .standard }
        if let address = GatewayAddress(text) { return address }
        reader.report(
            "\(name) is \"\(text)\", but must look like tcp://127.0.0.1:9615 or unix:///path/of/a/socket"
        )
        return .standard
    }

    private static func alerts(_ reader: inout VariableReader) -> AlertConfiguration {
        guard let path = reader.path("NOVI_ALERTS_FILE") else { return AlertConfiguration() }
        do {
            let value = try JSONValue(parsing: try FileContents.read(path, limit: Limits.alertsFileBytes))
            var problems: [String] = []
            let alerts = AlertConfiguration(value, problems: &problems)
            for problem in problems { reader.report("\(path): \(problem)") }
            return alerts
        } catch {
            reader.report("NOVI_ALERTS_FILE: \(path): \(error)")
            return AlertConfiguration()
        }
    }

    private static func publicApps(_ reader: inout VariableReader) -> [PublicApp] {
        guard let text = reader.text("NOVI_GATEWAY_PUBLIC_APPS") else { return [] }
        if let apps = PublicApp.list(text) { return apps }
        reader.report(
            "NOVI_GATEWAY_PUBLIC_APPS is \"\(text)\", but must look like api=Orders on the web,whatsapp=Orders by WhatsApp"
        )
        return []
    }
}
