import EcosystemHost
import Glibc
import Shared
import SupervisorCore
import Testing

/// A folder of its own that is gone after the test.
final class ScratchFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/novi-config-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.flatMap { String(validatingCString: $0) }
        }
        path = try #require(made)
        chmod(path, 0o755)
    }

    deinit {
        for file in files.reversed() { remove(file) }
        rmdir(path)
    }

    private var files: [String] = []

    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try #require(descriptor >= 0)
        let bytes = Array(text.utf8)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        files.append(file)
        return file
    }

    func makeFifo(_ name: String) -> String {
        let file = "\(path)/\(name)"
        mkfifo(file, 0o644)
        files.append(file)
        return file
    }

    func makeFolder(_ name: String, mode: mode_t) -> String {
        let folder = "\(path)/\(name)"
        mkdir(folder, mode)
        files.append(folder)
        return folder
    }
}

@Suite struct EcosystemLoaderTests {
    private let loader = EcosystemLoader(inheritingEnvironment: ["PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"])

    @Test func `a file is read, and its apps are found on this machine`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("#!/bin/sh\n", to: "run.one", mode: 0o755)
        try scratch.write("A=from file\nB=from file\n", to: "vars.env")
        let file = try scratch.write(
            """
            {"apps": [{"script": "./run.one", "env_file": "vars.env", "env": {"B": "from env"}, "args": "x 'y z'"},
                      {"script": "sleep", "args": [60]}, {"script": "echo $SHELL | cat", "name": "shell"}]}
            """,
            to: "ecosystem.json"
        )
        for path in [file, scratch.path, scratch.path + "/"] {
            let result = loader.load(path)
            #expect(result.issues.isEmpty)
            try #require(result.apps.count == 3)
            #expect(
                result.apps[0].command
                    == AppCommand(executable: "\(scratch.path)/run.one", arguments: ["x", "y z"])
            )
            #expect(result.apps[0].workingDirectory == scratch.path)
            #expect(result.apps[0].environment["A"] == "from file")
            #expect(result.apps[0].environment["B"] == "from env")
            #expect(result.apps[0].environment["SHELL"] == "/bin/sh")
            #expect(result.apps[0].source == file)
            #expect(result.apps[1].command.arguments == ["60"])
            #expect(result.apps[2].command.arguments == ["-c", "echo $SHELL | cat"])
        }
    }

    @Test func `what cannot be read is an issue and takes no time`() throws {
        let scratch = try ScratchFolder()
        let fifo = scratch.makeFifo("fifo")
        let huge = try scratch.write("", to: "huge.json")
        #expect(truncate(huge, 100 << 20) == 0)
        let cases = [
            ("\(scratch.path)/none.json", "no such file or folder"), (fifo, "it is not a regular file"),
            (huge, "it is larger than 4 MiB"), ("/dev/zero", "it is not a regular file"),
            (scratch.path, "no such file or folder"),
        ]
        let clock = ContinuousClock()
        for (path, reason) in cases {
            let time = clock.measure {
                let result = loader.load(path)
                #expect(result.apps.isEmpty)
                #expect(result.issues.map(\.message) == ["cannot read the file: \(reason)"])
            }
            #expect(time < .seconds(2))
        }
    }

    @Test func `mistakes of the file and of the machine are told together, and nothing can run`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write(
            #"[{"script": "sleep"}, {"script": "./missing", "nise": 5}, {"script": "sleep", "name": "c", "cwd": "/nowhere"}]"#,
            to: "e.json"
        )
        let result = loader.load(file)
        #expect(result.apps.isEmpty)
        #expect(
            result.issues.map(\.message) == [
                "cannot use the script \(scratch.path)/missing: no such file or folder",
                #"unknown key (did you mean "nice"?)"#,
                "cannot use the working directory /nowhere: no such file or folder",
            ]
        )
    }

    @Test func `a command line has the same settings as a file and names its options`() throws {
        let line = AppCommandLine(
            script: "sleep",
            arguments: ["60"],
            settings: ["name": "nap", "max_memory_restart": "300M", "kill_timeout": "2s"]
        )
        let result = loader.load(line)
        #expect(result.issues.isEmpty)
        let app = try #require(result.apps.first)
        #expect(app.name.rawValue == "nap")
        #expect(app.command.arguments == ["60"])
        #expect(app.memory.treeLimit == .mebibytes(300))
        #expect(app.source == nil)

        let wrong = loader.load(AppCommandLine(script: "sleep", settings: ["max_memory_restart": "lots"]))
        #expect(wrong.apps.isEmpty)
        let text = wrong.issues.first?.description.split(separator: "\n").first
        #expect(text == "command line: --max-memory-restart: the text \"lots\" is not understood")
    }
}

@Suite struct LinuxHostFactsTests {
    private let host = LinuxHostFacts()

    @Test func `the user database knows root, and unknown users are none`() {
        #expect(host.user(named: "root")?.userID == 0)
        #expect(host.user(withID: 0)?.name == "root")
        #expect(host.groupID(named: "root") == 0)
        #expect(host.user(named: "no-such-user-here") == nil)
        #expect(host.groupID(named: "no-such-group-here") == nil)
        #expect(host.user(withID: 3_999_999_999) == nil)
        let root = HostUser(name: "root", userID: 0, groupID: 0, home: "/root")
        #expect(host.groupIDs(of: root, primary: 0).contains(0))
    }

    @Test func `files have their kind, mode and identity`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("x", to: "f", mode: 0o600)
        let attributes = try host.attributes(of: file)
        #expect(attributes.kind == .file)
        #expect(attributes.permissions == 0o600)
        #expect(attributes.inode != 0)
        #expect(try host.attributes(of: "/").kind == .directory)
        #expect(try host.attributes(of: "/dev/null").kind == .other)
        #expect(throws: HostFileError.missing) { try host.attributes(of: "\(file)/x") }
        #expect(host.canonicalPath(of: "/proc/self/../../usr") == "/usr")
        #expect(host.processorCount >= 1)
        #expect(host.programDirectory?.hasPrefix("/") == true)
    }

    @Test func `a file of exactly the limit is read, one byte more is too large`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("12345", to: "f")
        #expect(try host.contents(of: file, limit: 5) == Array("12345".utf8))
        #expect(throws: HostFileError.tooLarge(limit: 4)) { try host.contents(of: file, limit: 4) }
        #expect(try host.beginning(of: file, count: 2) == Array("12".utf8))
        #expect(try host.beginning(of: file, count: 9) == Array("12345".utf8))
        // The kernel gives files in /proc the size 0.
        #expect(try host.contents(of: "/proc/self/comm", limit: 100).isEmpty == false)
    }

    @Test func `as root, the folder that keeps a user out is named`() throws {
        guard geteuid() == 0, host.user(named: "nobody") != nil else { return }
        let scratch = try ScratchFolder()
        let folder = scratch.makeFolder("private", mode: 0o700)
        let file = try scratch.write(
            #"{"script": "sleep", "uid": "nobody", "cwd": "private", "args": "60"}"#,
            to: "e.json"
        )
        let result = EcosystemLoader(inheritingEnvironment: nil).load(file)
        #expect(result.issues.map(\.message) == ["user nobody cannot enter the working directory \(folder)"])
    }
}
