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
        ("start pm2.config.js", "pm2.config.js has 1 mistake; nothing was started"),
        ("start ./eco.config.mjs --wait", "eco.config.mjs has 1 mistake; nothing was started"),
        ("check pm2.config.js", "pm2.config.js has 1 mistake"), ("run pm2.config.js", "nothing was started"),
        ("restart pm2.config.js", "nothing was started"),
        ("start", "ecosystem.config.cjs has 1 mistake; nothing was started"),
    ])
    func `a file of JavaScript is refused with the line that turns it into JSON`(
        line: String,
        message: String
    ) throws {
        for name in ["pm2.config.js", "eco.config.mjs", "ecosystem.config.cjs"] {
            try folder.write("module.exports = { apps: [{ script: './x' }] }", to: name)
        }
        let result = try run("cd \(folder.path) && $N \(line)")
        #expect(result.status == 78)
        #expect(result.errors.contains(message), "\(result.errors)")
        let all = result.output + result.errors
        #expect(all.contains("this is JavaScript, which is not evaluated\n  hint: write it as JSON: node -e"))
    }

    @Test func `a file with JavaScript's name that holds JSON is read`() throws {
        try folder.write(#"{"apps": [{"script": "/bin/sleep 5", "name": "x"}]}"#, to: "pm2.config.js")
        let result = try run("cd \(folder.path) && $N check pm2.config.js")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
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
