import Shared
import Testing

@testable import noviSupervisor

/// `scale …` against a daemon that answers by script.
@Suite struct ScaleCommandTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    private func run(_ line: String) throws -> CommandLineRun.Result {
        try CommandLineRun.shell(line, environment: ["NOVI_HOME": folder.path])
    }

    private static func list(_ names: [String]) -> VarlinkReply {
        let processes = names.enumerated().map { id, name -> JSONValue in
            ["name": .string(name), "instance": .integer(Int64(id)), "id": .integer(Int64(id))]
        }
        return VarlinkReply(parameters: ["daemon": ["pid": 1], "processes": .array(processes)])
    }

    private static let done = VarlinkReply(parameters: ["outcomes": []])

    @Test(arguments: ["8", "we*", "web", "web:1"])
    func `a selection that names one app is that app`(selection: String) throws {
        let daemon = try FakeDaemon(
            layout,
            [.replies([Self.list(["web", "web"])]), .replies([Self.done])]
        )
        let result = try run("$N scale '\(selection)' 2")
        #expect(result.status == 0, "\(result.errors)")
        #expect(daemon.calls.first?.parameters["select"] == [.string(selection)])
        #expect(daemon.calls.last?.method == "com.novi.Supervisor.Scale")
        #expect(daemon.calls.last?.parameters["app"] == "web")
    }

    @Test func `a selection of several apps is refused with their names`() throws {
        let daemon = try FakeDaemon(layout, [.replies([Self.list(["a", "b", "b"])])])
        let result = try run("$N scale '*' 2")
        #expect(result.status == 64)
        #expect(result.errors.contains("* names several apps: a, b"), "\(result.errors)")
        #expect(daemon.calls.count == 1)
    }

    @Test func `an app that nobody knows is the daemon's to refuse`() throws {
        let unknown = VarlinkReply(
            parameters: ["selection": "wbe", "suggestion": "web"],
            error: "com.novi.Supervisor.UnknownProcess"
        )
        let daemon = try FakeDaemon(layout, [.replies([unknown]), .replies([unknown])])
        let result = try run("$N scale wbe 2")
        #expect(result.status == 4)
        #expect(result.errors.contains("did you mean \"web\"?"))
        #expect(daemon.calls.last?.parameters["app"] == "wbe")
    }
}
