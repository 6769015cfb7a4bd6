import Foundation
import LinuxSystem
import Shared
import Testing

/// Hands other than ours: the contract is Varlink, not our client; and whoever may write to a socket may write much.
struct ForeignClientEndToEndTests {
    /// A Python with the `varlink` package: `NOVI_VARLINK_PYTHON`, or the usual one; `nil` when it has none.
    private static let python: String? = {
        let chosen = ProcessInfo.processInfo.environment["NOVI_VARLINK_PYTHON"] ?? "/usr/bin/python3"
        return (try? run([chosen, "-c", "import varlink"]))?.status == 0 ? chosen : nil
    }()

    private static func run(_ command: [String]) throws -> (status: Int32, output: String) {
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test(.enabled(if: python != nil, "needs a Python with PyPI's varlink: make setup"))
    func `a Varlink client that is not ours lists, stops and starts`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.app("web", ["/bin/sleep", "1000"]))
        let first = try fixture.pid("web")
        let program = """
            import sys, varlink
            with varlink.Client.new_with_address("unix:" + sys.argv[1]) as client:
                with client.open("com.novi.Supervisor") as novi:
                    print([p["state"] for p in novi.List()["processes"]])
                    print([o["result"] for o in novi.Stop(["web"])["outcomes"]])
                    print([p["state"] for p in novi.List()["processes"]])
                    print([o["result"] for o in novi.Start(["web"], True)["outcomes"]])
                    try:
                        novi.Stop(["nothing"])
                    except varlink.VarlinkError as error:
                        print(error.error())
            """
        let result = try Self.run([
            try #require(Self.python), "-c", program, "\(fixture.home)/run/control.sock",
        ])
        let expected = [
            "['online']", "['stopped']", "['stopped']", "['started']", "com.novi.Supervisor.UnknownProcess",
        ]
        #expect(result.output.split(separator: "\n").map(String.init) == expected)
        #expect(try fixture.pid("web") != first)
    }

    // F39
    @Test func `a flood of foreign reports neither holds the daemon up nor fills its log`() throws {
        let fixture = try SupervisorFixture()
        let settings: JSONObject = ["readiness": ["type": "notify", "timeout_ms": 60_000]]
        try fixture.apply(SupervisorFixture.app("victim", ["/bin/sleep", "1000"], settings), waits: false)
        let run = try #require(try fixture.lastEvent("launched", of: "victim")?["run"]?.stringValue)
        let socket = "\(fixture.home)/run/notify/\(run)"
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            for _ in 0..<5000 {
                _ = try? ServiceNotifier.sendNotify(state: "READY=1\nMAINPID=1", to: socket)
            }
        }
        let start = Clocks.monotonicNanoseconds()
        #expect(try fixture.status("victim")["state"] == "launching")
        #expect(Clocks.monotonicNanoseconds() - start < 1_000_000_000)
        let log = fixture.text("\(fixture.home)/logs/noviSupervisord.log")
        let lines = log.split(separator: "\n").filter { $0.contains("ignored: report of pid") }
        #expect((1...100).contains(lines.count), "\(lines.count) lines")
    }
}
