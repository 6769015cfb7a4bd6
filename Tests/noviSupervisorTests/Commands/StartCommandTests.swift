import Shared
import Testing

@testable import noviSupervisor

/// `start …` against a daemon that answers by script.
@Suite struct StartCommandTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    private func run(_ line: String) throws -> CommandLineRun.Result {
        try CommandLineRun.shell(line, environment: ["NOVI_HOME": folder.path])
    }

    private static let known = VarlinkReply(parameters: [
        "daemon": ["pid": 1], "processes": [["name": "db", "instance": 0, "id": 0]],
    ])

    @Test(arguments: [
        ("db --only x", "--only"), ("db --name foo", "--name"), ("db --env production", "--env"),
        ("db -i 3", "--instances"), ("db --no-autorestart", "--no-autorestart"), ("db -o x.log", "--output"),
    ])
    func `an option that does nothing with a known app is refused`(line: String, option: String) throws {
        let daemon = try FakeDaemon(layout, [.replies([Self.known])])
        let result = try run("$N start \(line)")
        #expect(result.status == 64)
        #expect(
            result.errors.contains("\(option) does nothing with the known app db"),
            "\(result.errors)"
        )
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.List"])
    }

    @Test(arguments: [
        ("start x.json --name foo", "--name does nothing with the file x.json"),
        ("start ./x --only foo", "--only does nothing with the program ./x"),
        ("start ./x --env foo", "--env does nothing with the program ./x"),
        ("restart x --env foo", "--env does nothing with known apps"),
    ])
    func `an option that does nothing is refused before anything is asked`(
        line: String,
        message: String
    ) throws {
        let result = try run("$N \(line)")
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }
}
