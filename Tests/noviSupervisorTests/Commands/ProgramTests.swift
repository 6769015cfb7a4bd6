import Foundation
import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

/// The program from outside: streams, statuses, pipes.
@Suite struct ProgramTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    private func run(_ line: String, _ environment: [String: String] = [:]) throws -> CommandLineRun.Result {
        try CommandLineRun.shell(
            line,
            environment: environment.merging(["NOVI_HOME": folder.path]) { first, _ in first }
        )
    }

    @Test(
        arguments: [
            ("$N status", 69), ("$N ping", 69), ("$N stop x", 69), ("$N kill", 0), ("$N paths --json", 0),
            ("$N nonsense", 64), ("$N stop", 64), ("$N help stop", 0), ("$N stop /x", 69),
            ("$N --version --json", 0), ("$N version", 0), ("$N status --json", 69), ("$N logs", 69),
            ("$N start ./none.json", 78), ("$N check /none.json", 78), ("$N start nosuchprogram", 4),
            ("$N completion tcsh", 64), ("$N notify --ready", 1), ("$N notify", 64),
            ("$N signal NONSENSE x", 64),
            ("$N monit", 69), ("$N monit --interval 10ms", 64), ("$N monit --interval soon", 64),
            ("$N monit /x", 69), ("$N cleanup", 64), ("$N cleanup x", 69),
            ("$N status ''", 64), ("$N logs ''", 64), ("$N start ''", 64), ("$N logs usage ''", 64),
            ("$N help nosuch", 64), ("$N help", 0), ("$N events --last -1", 64), ("$N logs -n -1", 64),
            ("$N status --interval 1ms --watch", 64), ("$N paths --home ''", 64),
            ("$N start x.json --only ' ,'", 64),
            ("$N scale x many", 64), ("$N --version", 0), ("$N --help", 0), ("$N stop x --timeout soon", 64),
            ("$N paths --home \(String(repeating: "x", count: 120))", 64),
        ] as [(String, Int32)]
    )
    func `a command ends with the status of the table`(line: String, status: Int32) throws {
        let result = try run(line)
        #expect(result.status == status, "\(result.errors)")
        if status != 0 {
            // The mistakes are what `check` is asked for; elsewhere messages go to standard error alone.
            #expect(result.output.isEmpty || line.hasPrefix("$N check"))
            #expect(!result.errors.isEmpty)
        }
    }

    @Test(arguments: ["daemon", "run ecosystem.json"])
    func `a second daemon is refused with who has the home`(line: String) throws {
        try folder.write(#"{"apps": [{"script": "/bin/sleep 1", "name": "a"}]}"#, to: "ecosystem.json")
        // A process with the daemon's name that holds the lock as the daemon writes it down.
        let result = try run(
            """
            cd \(folder.path); cp /bin/sleep noviSupervisord; ./noviSupervisord 30 & daemon=$!
            echo $daemon > run/daemon.lock; $N \(line); status=$?; kill $daemon; echo $daemon; exit $status
            """
        )
        #expect(result.status == 75)
        let pid = result.output.split(separator: "\n").last ?? "?"
        #expect(
            result.errors.contains("a daemon runs already (pid \(pid)) for \(folder.path)"),
            "\(result.errors)"
        )
    }

    @Test(arguments: [
        ("events --last -1", "--last -1 is no number of events up to 10000"),
        ("events -n -1", "--last -1 is no number of events up to 10000"),
        ("logs --lines -3", "--lines -3 is no number of lines"),
        ("status --watch --interval 1ms", "1ms between two looks is no time of 100ms or more"),
        ("help nosuch", "there is no command \"nosuch\""), ("paths --home ''", "--home is empty"),
        ("status ''", "an empty text names no app"),
    ])
    func `a mistake in the line is told as it was typed`(line: String, message: String) throws {
        let list = VarlinkReply(parameters: ["daemon": ["pid": 1], "processes": []])
        let daemon = try FakeDaemon(layout, [.replies([list])])
        let result = try run("$N \(line)")
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
        withExtendedLifetime(daemon) {}
    }

    @Test(arguments: [
        ("start", "[FILE | APP... | COMMAND -- ARGS]"),
        ("check a.json --env zz", "add \"env_zz\": {...} to an app"),
        ("check b.json", "wait for each other: x -> y -> x"),
        ("start --env zz a.json", "add \"env_zz\": {...} to an app"),
    ])
    func `without a UTF-8 locale every message is ASCII`(line: String, text: String) throws {
        try folder.write(#"{"apps": [{"script": "/bin/sleep 1", "name": "a"}]}"#, to: "a.json")
        let loop =
            #"[{"script": "/bin/ls", "name": "x", "depends_on": "y"}, "#
            + #"{"script": "/bin/ls", "name": "y", "depends_on": "x"}]"#
        try folder.write(loop, to: "b.json")
        try makeFolder("\(folder.path)/empty")
        let place = line == "start" ? "\(folder.path)/empty" : folder.path
        let result = try run("cd \(place) && $N \(line)", ["LC_ALL": "C"])
        let all = result.output + result.errors
        #expect(all.utf8.allSatisfy { $0 < 0x80 }, "\(all)")
        #expect(all.contains(text), "\(all)")
    }

    @Test(arguments: [("statsu", "status"), ("strat x", "start"), ("ist", "list")])
    func `a mistyped command is told with the nearest one`(line: String, nearest: String) throws {
        let result = try run("$N \(line)")
        #expect(result.status == 64)
        #expect(result.errors.contains("did you mean \"\(nearest)\"?"), "\(result.errors)")
    }

    @Test func `the version is told with the daemon's, which may be none`() throws {
        #expect(try run("$N --version").output == "0.1.0\n")
        let alone = try run("$N --version --json")
        #expect(alone.output == "{\"schema\":1,\"version\":\"0.1.0\",\"daemon\":null}\n")
        #expect(try run("$N version").output == "noviSupervisor 0.1.0\nno daemon answers\n")
        let pong = VarlinkReply(parameters: ["daemon": ["pid": 7, "version": "0.2.0", "uptime_ms": 5]])
        let daemon = try FakeDaemon(layout, [.replies([pong])])
        #expect(
            try run("$N version --json").output
                == "{\"schema\":1,\"version\":\"0.1.0\",\"daemon\":"
                + "{\"pid\":7,\"version\":\"0.2.0\",\"uptime_ms\":5}}\n"
        )
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.Ping"])
    }

    @Test(arguments: [(nil, 0), ("InvalidRequest", 1)] as [(String?, Int32)])
    func `no event yet is an answer, known by its code and not by its words`(
        error: String?,
        status: Int32
    ) throws {
        let name = "com.novi.Supervisor.\(error ?? "NoEvents")"
        let reply = VarlinkReply(parameters: ["reason": "nothing happened yet"], error: name)
        let daemon = try FakeDaemon(layout, [.replies([reply])])
        let result = try run("$N events --json")
        #expect(result.status == status, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.Events"])
    }

    @Test func `what depends on an app keeps it, and force says so to the daemon`() throws {
        let refusal = VarlinkReply(
            parameters: ["app": "db", "dependants": ["api", "web"]],
            error: "com.novi.Supervisor.HasDependants"
        )
        let gone = VarlinkReply(parameters: ["outcomes": [["process": "db", "id": 0, "result": "deleted"]]])
        let daemon = try FakeDaemon(layout, [.replies([refusal]), .replies([gone])])
        let refused = try run("$N delete db")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("db is not deleted: api, web depend on it"))
        #expect(refused.errors.contains("--force"))
        #expect(try run("$N delete db --force").status == 0)
        #expect(daemon.calls.map { $0.parameters["force"] } == [nil, true])
    }

    @Test func `a reader that has had enough ends a command quietly`() throws {
        let line = "x".padding(toLength: 60, withPad: "x", startingAt: 0) + "\n"
        try folder.write(String(repeating: line, count: 20_000), to: "big.log")
        let files = VarlinkReply(parameters: [
            "files": [
                ["process": "a", "id": 0, "namespace": "n", "output": .string(folder.path + "/big.log")]
            ]
        ])
        let daemon = try FakeDaemon(layout, [.replies([files])])
        let result = try run("$N logs -n 20000 --no-prefix | head -n 1")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == line)
        #expect(result.errors.isEmpty)
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.GetLogFiles"])
    }

    @Test(arguments: ["$N paths", "$N paths --json", "$N completion bash", "$N version"])
    func `output that cannot be written fails the command`(line: String) throws {
        let result = try run("\(line) > /dev/full")
        #expect(result.status == 1)
        #expect(result.errors == "noviSupervisor: cannot write to standard output: No space left on device\n")
    }

    @Test func `logs hand the bytes of a line on as they are`() throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0x1B, 0x5B, 0x32, 0x4A, 0x0D, 0x0A, 0x62, 0x0A]
        let path = folder.path + "/raw.log"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let files = VarlinkReply(parameters: [
            "files": [["process": "a", "id": 0, "namespace": "n", "output": .string(path)]]
        ])
        let daemon = try FakeDaemon(layout, [.replies([files])])
        let result = try run("$N logs --no-prefix | cmp - \(path)")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(daemon.calls.count == 1)
    }

    @Test func `a follower sees a new file and one that takes another's place`() throws {
        let path = folder.path + "/x.log"
        let files = VarlinkReply(parameters: [
            "files": [["process": "a", "id": 0, "namespace": "n", "output": .string(path)]]
        ])
        let daemon = try FakeDaemon(layout, [.replies([files])])
        let result = try run(
            """
            exec 3< <($N logs -f); reader=$!
            echo one > \(path)
            read -r -t 20 a <&3; mv \(path) \(path).1; echo two >> \(path).1; echo three > \(path)
            read -r -t 20 b <&3; read -r -t 20 c <&3
            kill $reader; echo "$a,$b,$c"
            """
        )
        #expect(result.output == "a | one,a | two,a | three\n", "\(result.errors)")
        #expect(daemon.calls.count == 1)
    }

    @Test func `status for scripts is one line of JSON as the contract has it`() throws {
        let reply = VarlinkReply(parameters: [
            "schema": 1, "daemon": ["pid": 1, "version": "0.1.0", "uptime_ms": 5],
            "processes": .array(StatusTableTests.processes),
        ])
        let daemon = try FakeDaemon(layout, [.replies([reply])])
        let result = try run("$N status --json")
        let document = try JSONValue(parsing: Array(result.output.utf8))
        #expect(document.objectValue?.keys.map { $0 } == ["schema", "daemon", "processes"])
        #expect(document["processes"]?.arrayValue == StatusTableTests.processes)
        #expect(result.output.filter { $0 == "\n" }.count == 1)
        #expect(daemon.calls.count == 1)
    }

    @Test func `check prints nothing but who is not as wanted, and ends with 3`() throws {
        let reply = VarlinkReply(parameters: [
            "daemon": ["pid": 1], "processes": .array(StatusTableTests.processes),
        ])
        let daemon = try FakeDaemon(layout, [.replies([reply])])
        let result = try run("$N status --check")
        #expect(result.status == 3)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("api:1 is waiting restart: restarts in 400 ms"))
        #expect(daemon.calls.count == 1)
    }

    @Test func `Ctrl-C leaves with 130 and says that the daemon goes on`() throws {
        let daemon = try FakeDaemon(layout, [.silence])
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: CommandLineRun.program)
        process.arguments = ["stop", "x", "--home", folder.path]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        // The handler is in place before the call is sent.
        while daemon.calls.isEmpty, process.isRunning {
            usleep(1000)
        }
        process.interrupt()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == ExitStatus.interrupted.rawValue)
        #expect(text.contains("the daemon goes on"))
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.Stop"])
    }
}
