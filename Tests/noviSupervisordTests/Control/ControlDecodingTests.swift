import Shared
import SupervisorCore
import Testing

@testable import noviSupervisord

/// What a client's call means; frames of today must mean the same tomorrow.
@Suite struct ControlDecodingTests {
    private func decode(_ method: String, _ json: String) throws -> ControlRequest? {
        let value = try JSONValue(parsing: Array(json.utf8))
        return try ControlRequest.decode(method: method, value.objectValue ?? [:])
    }

    private func selections(_ texts: String...) -> [ProcessSelection] {
        texts.compactMap(ProcessSelection.init)
    }

    @Test func `every changing method is understood`() throws {
        let start = try #require(
            try decode("Start", #"{"select":["api","3"],"wait":true,"timeout_ms":1500}"#)
        )
        guard case .start(let started) = start.action else { throw Unexpected(start) }
        #expect(started == selections("api", "3"))
        #expect(start.waits)
        #expect(start.timeout == .milliseconds(1500))

        let stop = try #require(try decode("Stop", #"{"select":["novi:"]}"#))
        guard case .stop(let stopped) = stop.action else { throw Unexpected(stop) }
        #expect(stopped == [.namespace("novi")])
        #expect(!stop.waits)
        #expect(stop.timeout == .seconds(60))

        let restart = try #require(try decode("Restart", #"{"select":["web-*"],"wait":null}"#))
        guard case .restart(let restarted) = restart.action else { throw Unexpected(restart) }
        #expect(restarted == [.glob("web-*")])

        let reset = try #require(try decode("Reset", #"{"select":["all"]}"#))
        guard case .reset(let forgiven) = reset.action else { throw Unexpected(reset) }
        #expect(forgiven == [.all])

        let signal = try #require(try decode("Signal", #"{"select":["api:1"],"signal":"HUP"}"#))
        guard case .signal(let signaled, let number) = signal.action else { throw Unexpected(signal) }
        #expect(signaled == selections("api:1"))
        #expect(number.description == "SIGHUP")

        let shutdown = try #require(try decode("Shutdown", #"{"timeout_ms":99}"#))
        guard case .shutdown = shutdown.action else { throw Unexpected(shutdown) }
        #expect(shutdown.timeout == .milliseconds(99))
    }

    @Test(arguments: [(#"{"select":["a"]}"#, false), (#"{"select":["a"],"force":true}"#, true)])
    func `a deletion is forced only when it says so`(json: String, isForced: Bool) throws {
        let request = try #require(try decode("Delete", json))
        guard case .delete(let selected, isForced) = request.action else { throw Unexpected(request) }
        #expect(selected == selections("a"))
    }

    @Test func `a scale sets or changes, not both and not neither`() throws {
        let exact = try #require(try decode("Scale", #"{"app":"web","instances":4}"#))
        guard case .scale(let app, .exactly(4)) = exact.action else { throw Unexpected(exact) }
        #expect(app.rawValue == "web")
        let change = try #require(try decode("Scale", #"{"app":"web","change":-1,"wait":true}"#))
        guard case .scale(_, .change(-1)) = change.action else { throw Unexpected(change) }
        #expect(change.waits)
        for json in [#"{"app":"web"}"#, #"{"app":"web","instances":1,"change":1}"#] {
            let failure = #expect(throws: CallFailure.self) { try decode("Scale", json) }
            #expect(failure?.parameters["reason"] == "give either instances or change")
        }
    }

    @Test func `definitions may share an environment by its number`() throws {
        let json = """
            {"apps":[{"name":"a","command":{"executable":"/bin/a"},"working_directory":"/","environment":0},
             {"name":"b","command":{"executable":"/bin/b"},"working_directory":"/","environment":{"X":"2"}}],
             "environments":[{"X":"1"}]}
            """
        let request = try #require(try decode("Apply", json))
        guard case .apply(let apps, prunedSource: nil) = request.action else { throw Unexpected(request) }
        #expect(apps.map(\.name.rawValue) == ["a", "b"])
        #expect(apps.map { $0.environment["X"] } == ["1", "2"])
    }

    @Test func `bad definitions are all named by their place`() throws {
        let json = """
            {"apps":[{"name":"a b","command":{"executable":"/bin/a"},"working_directory":"/"},
             {"name":"b","command":{"executable":"/bin/b"},"working_directory":"/"}, {"name":"c"}]}
            """
        let failure = #expect(throws: CallFailure.self) { try decode("Apply", json) }
        #expect(failure?.name == "com.novi.Supervisor.InvalidDefinition")
        let problems = (failure?.parameters["problems"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(problems.map { String($0.prefix(7)) } == ["apps[0]", "apps[2]"])
    }

    @Test(arguments: [
        ("Start", #"{}"#, "select"), ("Start", #"{"select":[]}"#, "select"),
        ("Start", #"{"select":"api"}"#, "select"), ("Start", #"{"select":[7]}"#, "select"),
        ("Start", #"{"select":["a"],"wait":1}"#, "wait"),
        ("Start", #"{"select":["a"],"timeout_ms":0}"#, "timeout_ms"),
        ("Start", #"{"select":["a"],"timeout_ms":-5}"#, "timeout_ms"),
        ("Start", #"{"select":["a"],"timeout_ms":"5s"}"#, "timeout_ms"),
        ("Start", #"{"select":["a"],"nonsense":1}"#, "nonsense"),
        ("Stop", #"{"select":["a"],"wait":true}"#, "wait"),
        ("Reset", #"{"select":["a"],"timeout_ms":5}"#, "timeout_ms"),
        ("Signal", #"{"select":["a"]}"#, "signal"),
        ("Scale", #"{"instances":1}"#, "app"), ("Apply", #"{"apps":[]}"#, "apps"),
        ("Apply", #"{"apps":[{}],"environments":[1]}"#, "environments"),
        ("Delete", #"{"select":["a"],"force":"yes"}"#, "force"), ("Shutdown", #"{"select":["a"]}"#, "select"),
    ])
    func `a parameter that is missing, unknown or wrong is named`(method: String, json: String, name: String)
    {
        let failure = #expect(throws: CallFailure.self) { try decode(method, json) }
        #expect(failure?.name == "org.varlink.service.InvalidParameter")
        #expect(failure?.parameters["parameter"]?.stringValue == name)
    }

    @Test(arguments: ["/x/", ""]) func `a selection that only the command line knows is refused`(text: String)
    {
        let json = #"{"select":["\#(text)"]}"#
        let failure = #expect(throws: CallFailure.self) { try decode("Stop", json) }
        #expect(failure?.name == "com.novi.Supervisor.InvalidRequest")
    }

    @Test func `a deadline beyond all reason becomes a day, and too many selections are refused`() throws {
        let long = try #require(try decode("Stop", #"{"select":["a"],"timeout_ms":9000000000000}"#))
        #expect(long.timeout == .seconds(86_400))
        let many = [String](repeating: "\"a\"", count: 10_001).joined(separator: ",")
        #expect(throws: CallFailure.self) { try decode("Stop", "{\"select\":[\(many)]}") }
    }

    @Test(arguments: ["List", "Nonsense", ""]) func `other methods are not for it`(method: String) throws {
        #expect(try decode(method, "{}") == nil)
    }

    /// Another action than the one that was asked for.
    private struct Unexpected: Error {
        var request: ControlRequest
        init(_ request: ControlRequest) { self.request = request }
    }
}
