import Testing
import WorkerSupport

@testable import noviGateway

@Suite struct ConfigurationTests {
    private static func problems(_ variables: [String: String], listen: String? = nil) -> [String] {
        var reader = VariableReader(variables.merging(["HOME": "/root"]) { own, _ in own })
        _ = GatewayConfiguration(&reader, listen: listen, home: nil, system: false)
        return reader.problems
    }

    @Test func `without any setting it is this machine only, without tokens and without a public board`() {
        var reader = VariableReader(["HOME": "/root"])
        let configuration = GatewayConfiguration(&reader, listen: nil, home: nil, system: false)
        #expect(reader.problems == [])
        #expect(configuration.listen == .tcp(host: "127.0.0.1", port: 9615))
        #expect(configuration.controlSocket == "/root/.novi/run/control.sock")
        #expect(configuration.readToken == nil && configuration.operatorToken == nil)
        #expect(configuration.publicApps == [])
    }

    @Test func `the system service's sockets and folders lie apart`() {
        var reader = VariableReader(["HOME": "/root"])
        let configuration = GatewayConfiguration(&reader, listen: nil, home: nil, system: true)
        #expect(configuration.controlSocket == "/run/novi/control.sock")
        #expect(configuration.home == "/var/lib/novi")
    }

    @Test(arguments: [
        ("tcp://0.0.0.0:9615", false), ("tcp://10.0.0.1:9615", false), ("tcp://[::]:9615", false),
        ("tcp://127.0.0.1:9615", true), ("tcp://[::1]:9615", true), ("tcp://localhost:9615", true),
        ("unix:///run/novi/gateway.sock", true), ("tcp://127.0.0.1.example.com:9615", false),
    ])
    func `an address that others can reach needs a token`(_ listen: String, _ isLocal: Bool) {
        #expect(Self.problems([:], listen: listen).isEmpty == isLocal)
        #expect(Self.problems(["NOVI_GATEWAY_TOKEN": "0123456789abcdef"], listen: listen).isEmpty)
    }

    @Test func `every mistake is told at once`() {
        let problems = Self.problems([
            "NOVI_GATEWAY_TOKEN": "short", "NOVI_GATEWAY_LISTEN": "9615", "NOVI_GATEWAY_PUBLIC_APPS": "a b",
            "NOVI_GATEWAY_OPERATOR_TOKEN_FILE": "/nowhere/token",
        ])
        #expect(problems.count == 4, "\(problems)")
    }

    @Test func `who reads must not be able to change`() {
        let token = "0123456789abcdef"
        let problems = Self.problems(["NOVI_GATEWAY_TOKEN": token, "NOVI_GATEWAY_OPERATOR_TOKEN": token])
        #expect(problems.count == 1)
    }

    @Test func `public apps have names for strangers`() {
        #expect(
            PublicApp.list("api=Orders on the web, whatsapp") == [
                PublicApp(app: "api", label: "Orders on the web"),
                PublicApp(app: "whatsapp", label: "whatsapp"),
            ]
        )
        #expect(PublicApp.list("") == nil)
        #expect(PublicApp.list("=x") == nil)
    }
}
