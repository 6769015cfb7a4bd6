import ArgumentParser
import Foundation
import Shared
import SupervisorCore
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct ParsingTests {
    private func parse<Command: ParsableCommand>(_ line: [String], as _: Command.Type) throws -> Command {
        let command = try NoviSupervisor.parseAsRoot(ArgumentRewriting.rewritten(line))
        return try #require(command as? Command)
    }

    @Test(arguments: ["3", "+1", "-1", "0", "-12"])
    func `scale takes a number with or without a sign`(count: String) throws {
        let command = try parse(["scale", "api", count], as: ScaleCommand.self)
        #expect(ArgumentRewriting.restored(command.count) == count)
        #expect(command.app == "api")
    }

    @Test func `a number that is no count is left to the parser`() {
        #expect(ArgumentRewriting.rewritten(["scale", "api", "-x"]) == ["scale", "api", "-x"])
        #expect(ArgumentRewriting.restored("3") == "3")
    }

    @Test func `everything behind two dashes belongs to the program`() throws {
        let line = [
            "start", "./server.py", "--name", "web", "-i", "2", "--", "--port", "8080", "-v", "--", "",
        ]
        let command = try parse(line, as: StartCommand.self)
        #expect(command.targets == ["./server.py"])
        #expect(command.programArguments == ["--port", "8080", "-v", "--", ""])
        #expect(command.settings.json["name"] == "web")
        #expect(command.settings.json["instances"] == 2)
    }

    @Test func `settings of the command line have the names and types of a file`() throws {
        let line = [
            "start", "x.py", "--max-memory-restart", "300M", "--no-autorestart", "--wait-ready",
            "--restart-delay", "500", "--kill-timeout", "2s", "--instances", "max", "--max-restarts", "7",
        ]
        let json = try parse(line, as: StartCommand.self).settings.json
        #expect(json["max_memory_restart"] == "300M")
        #expect(json["autorestart"] == false)
        #expect(json["wait_ready"] == true)
        #expect(json["restart_delay"] == 500)
        #expect(json["kill_timeout"] == "2s")
        #expect(json["instances"] == "max")
        #expect(json["max_restarts"] == 7)
    }

    @Test(
        arguments: [
            ("b, c", ["b", "c"]), (" a ", ["a"]), ("a,,b", ["a", "b"]), ("a b", ["a b"]), (nil, []),
        ] as [(String?, [String])]
    )
    func `blanks around names are no part of them`(text: String?, names: [String]) throws {
        #expect(try OnlyOption.names(text) == names)
    }

    @Test func `watch takes an interval behind an equals sign`() throws {
        let plain = try parse(["status", "--watch"], as: StatusCommand.self)
        #expect(plain.watch && plain.interval == "2s")
        let quick = try parse(["ls", "--watch=500ms", "api"], as: StatusCommand.self)
        #expect(quick.watch && quick.interval == "500ms" && quick.select == ["api"])
    }

    @Test func `what a shell asks for completion is not rewritten`() {
        let line = ["---completion", "start", "--", "positional@0", "1", "0"]
        #expect(ArgumentRewriting.rewritten(line) == line)
    }

    @Test(arguments: [
        ["nonsense"], ["stop"], ["scale", "api"], ["start", "--nonsense"], ["logs", "--stream", "x"],
        ["status", "--watch", "--nonsense"],
    ])
    func `a line that makes no sense is status 64`(line: [String]) {
        do {
            _ = try NoviSupervisor.parseAsRoot(ArgumentRewriting.rewritten(line))
            Issue.record("\(line) was taken")
        } catch {
            #expect(NoviSupervisor.exitCode(for: error).rawValue == ExitStatus.usage.rawValue)
        }
    }

    @Test(arguments: [
        ("list", "status"), ("ls", "status"), ("ps", "status"), ("l", "status"), ("show x", "describe"),
        ("info x", "describe"), ("desc x", "describe"), ("del x", "delete"), ("sendSignal HUP x", "signal"),
    ])
    func `names of PM2's commands are known`(typed: String, name: String) throws {
        let line = typed.split(separator: " ").map(String.init)
        let command = try NoviSupervisor.parseAsRoot(ArgumentRewriting.rewritten(line))
        #expect(type(of: command).configuration.commandName == name)
    }
}

@Suite struct StartTargetTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    private func resolve(
        _ targets: [String],
        _ arguments: [String] = []
    ) throws(CommandFailure) -> StartTarget {
        try StartTarget.resolve(targets, arguments, layout)
    }

    @Test func `a name with json at its end is a file, even when an app has that name`() throws {
        guard case .file("web.json") = try resolve(["web.json"]) else {
            Issue.record("not a file")
            return
        }
    }

    @Test func `a folder with an ecosystem file is a file`() throws {
        try folder.write("{}", to: "ecosystem.json")
        guard case .file(folder.path) = try resolve([folder.path]) else {
            Issue.record("not a file")
            return
        }
    }

    @Test func `a known app wins over a program of the same name`() throws {
        let known = VarlinkReply(parameters: ["daemon": ["pid": 1], "processes": [["name": "sh"]]])
        let daemon = try FakeDaemon(layout, [.replies([known])])
        guard case .known(["sh"]) = try resolve(["sh"]) else {
            Issue.record("not an app")
            return
        }
        #expect(daemon.calls.first?.parameters["select"] == ["sh"])
    }

    @Test func `a path or arguments mean the program`() throws {
        for (targets, arguments) in [(["./sh"], []), (["sh"], ["-c", "true"])] {
            guard case .program(targets[0]) = try resolve(targets, arguments) else {
                Issue.record("not a program")
                return
            }
        }
    }

    @Test(arguments: [
        "sh -c 'sleep 100'", "sleep 100", "FOO=1 nosuchprogram", "nosuchprogram | cat", "/bin/sleep 100",
        "/bin/sleep", "./loop.sh x",
    ])
    func `a command line in one word, and a path, are a program and never asked for as an app`(
        target: String
    ) throws {
        let daemon = try FakeDaemon(layout, [.silence])
        guard case .program(target) = try resolve([target]) else {
            Issue.record("not a program")
            return
        }
        #expect(daemon.calls.isEmpty)
    }

    @Test func `a command line of an unknown program is a typing error`() {
        let error = #expect(throws: CommandFailure.self) { _ = try resolve(["nosuchprogram -v"]) }
        #expect(error?.status == .noSuchApp)
        #expect(error?.message.hasPrefix("nosuchprogram is no known app") == true)
    }

    @Test func `without a daemon the state file knows the apps`() throws {
        try makeFolder(layout.stateDirectory)
        try folder.writeState(["web"], to: "state/desired.json")
        guard case .known(["web"]) = try resolve(["web"]) else {
            Issue.record("not an app")
            return
        }
        let error = #expect(throws: CommandFailure.self) { _ = try resolve(["wbe"]) }
        #expect(error?.status == .noSuchApp)
        #expect(error?.message.contains("did you mean \"web\"?") == true)
    }

    @Test func `several unknown names are no program`() {
        let error = #expect(throws: CommandFailure.self) { _ = try resolve(["sh", "ls"]) }
        #expect(error?.status == .noSuchApp)
    }
}
