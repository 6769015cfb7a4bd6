import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct SimulatorScriptTests {
    @Test func `a script is read line by line`() throws {
        let script = try SimulatorScript(
            """
            {"after_ms": 0, "event": "qr"}

            {"after_ms": 20, "event": "disconnect", "reason": "LOGOUT"}
            {"after_ms": 30, "event": "message", "text": "Name: Amara", "from": "234@c.us"}
            """,
            path: "script"
        )
        #expect(
            script.steps == [
                SimulatorScript.Step(after: .zero, event: .connection(.qrShown)),
                SimulatorScript.Step(
                    after: .milliseconds(20),
                    event: .connection(.disconnected(.loggedOut("LOGOUT")))
                ),
                SimulatorScript.Step(
                    after: .milliseconds(30),
                    event: .message(SimulatorMessage(text: "Name: Amara", from: "234@c.us"))
                ),
            ]
        )
    }

    @Test func `every wrong line is named with its number`() {
        let text = """
            {"after_ms": 1, "event": "ready"}
            {"after_ms": -1, "event": "ready"}
            {"after_ms": 1, "event": "explode"}
            {"after_ms": 1}
            nonsense
            {"after_ms": 1, "event": "message"}
            """
        let failure = #expect(throws: ConfigurationFailure.self) { try SimulatorScript(text, path: "s") }
        #expect(failure?.problems.map { $0.prefix(4) } == ["s:2:", "s:3:", "s:4:", "s:5:", "s:6:"])
    }
}
