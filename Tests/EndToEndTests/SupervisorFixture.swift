import Foundation
import LinuxSystem
import Shared
import Testing

/// A daemon of its own for one test: scratch folder, client, clean-up.
///
/// Calls may come from several threads, each has its own connection; everything else belongs to the test's thread.
final class SupervisorFixture: @unchecked Sendable {
    let home: String
    /// Whether the daemon has a keeper; what is started, watched and killed here is the keeper then.
    let isKept: Bool
    private var daemon: Int32 = 0
    private var daemonHandle: Descriptor?

    /// Where the built programs are: beside the test bundle.
    static let binaries: String = {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        if !FileManager.default.fileExists(atPath: folder.appendingPathComponent("noviSupervisord").path) {
            // `swift test` runs the bundle through a helper of the toolchain: the build folder is in its arguments.
            for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
                folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
            }
        }
        return folder.path
    }()

    static func binary(_ name: String) -> String { "\(binaries)/\(name)" }
    static var child: String { binary("MisbehavingChild") }

    /// Starts a daemon in a new home.
    init(environment: [String: String] = [:], wrapper: [String] = [], isKept: Bool = false) throws {
        self.isKept = isKept
        // A daemon that is killed while it is spoken to is an error of one call, not the end of all tests.
        signal(SIGPIPE, SIG_IGN)
        home = "/tmp/novi-e2e-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        // Other users' children must be able to enter.
        chmod(home, 0o711)
        try startDaemon(environment: environment, wrapper: wrapper)
    }

    deinit {
        _ = try? call("Shutdown", ["timeout_ms": 5000], deadline: 8)
        if isKept { endKept() }
        killDaemon()
        try? FileManager.default.removeItem(atPath: home)
    }

    /// Starts a daemon and waits until it is ready.
    func startDaemon(environment: [String: String] = [:], wrapper: [String] = []) throws {
        try #require(
            try tryToStartDaemon(environment: environment, wrapper: wrapper),
            "the daemon did not start"
        )
    }

    /// Starts a daemon; returns whether it became ready.
    func tryToStartDaemon(environment: [String: String] = [:], wrapper: [String] = []) throws -> Bool {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let reader = Descriptor(ends[0])
        let writer = Descriptor(ends[1])
        try reader.setCloseOnExec(true)
        let program = Self.binary("noviSupervisord")
        let plain = [program, "--home", home, "--ready-fd", "3"]
        let command = wrapper + (isKept ? try keeperCommand(program) : plain)
        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]
        variables.merge(environment) { _, new in new }
        var plan = SpawnPlan(
            executable: command[0],
            arguments: command,
            environment: variables.map { "\($0.key)=\($0.value)" },
            descriptors: [-1, 2, 2, writer.rawValue]
        )
        plan.newSession = true
        let spawned = try ChildProcess.spawn(plan)
        writer.close()
        daemon = spawned.processID
        daemonHandle = spawned.pidfd
        var line: [UInt8] = []
        while !line.contains(0x0A), let bytes = try reader.read(upTo: 4096), !bytes.isEmpty {
            line += bytes
        }
        return String(decoding: line, as: UTF8.self) == "ready\n"
    }

    /// Whether the daemon that was started last lives.
    var isDaemonAlive: Bool { Self.isAlive(daemon) }

    /// The daemon's pid.
    var daemonPID: Int32 { daemon }

    /// Ends the daemon with SIGKILL, as a crash would.
    func killDaemon() {
        guard let handle = daemonHandle else { return }
        try? ProcessHandle.sendSignal(pidfd: handle.rawValue, SIGKILL)
        var wait = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&wait, 1, 10_000)
        _ = try? ProcessHandle.reap(pidfd: handle.rawValue)
        daemonHandle = nil
    }

    /// Waits until the daemon has ended by itself.
    func awaitDaemonEnd(seconds: Int32 = 20) -> Bool {
        guard let handle = daemonHandle else { return true }
        var wait = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, seconds * 1000) > 0
    }

    /// How it ended, once it has; later calls have nothing to tell.
    func reapedStatus() -> WaitStatus? {
        guard let handle = daemonHandle else { return nil }
        return (try? ProcessHandle.reap(pidfd: handle.rawValue))??.0
    }

    /// Sends the daemon a signal.
    func signalDaemon(_ signal: Int32) throws {
        let handle = try #require(daemonHandle)
        try ProcessHandle.sendSignal(pidfd: handle.rawValue, signal)
    }

    // MARK: - Calls

    struct Refusal: Error {
        var name: String
        var parameters: JSONObject
    }

    /// No error for those who kill daemons.
    struct NoAnswer: Error {
        var reason: String
    }

    /// Calls a method of the daemon.
    @discardableResult
    func call(_ method: String, _ parameters: JSONObject = [:], deadline: Int32 = 30) throws -> JSONObject {
        let socket = try UnixSocket.connect("\(home)/run/control.sock", timeoutMilliseconds: 5000)
        try UnixSocket.setReadTimeout(socket, milliseconds: deadline * 1000)
        let full = method.contains(".") ? method : "com.novi.Supervisor.\(method)"
        try socket.writeAll(VarlinkCall(method: full, parameters: parameters).encoded())
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: 64 << 20)
        while true {
            if let frame = try decoder.next() {
                let reply = try VarlinkReply(parsing: try JSONValue(parsing: frame))
                if let error = reply.error { throw Refusal(name: error, parameters: reply.parameters) }
                return reply.parameters
            }
            guard let bytes = try socket.read(upTo: 65_536) else {
                throw NoAnswer(reason: "no answer to \(method) in time")
            }
            guard !bytes.isEmpty else { throw NoAnswer(reason: "the daemon hung up on \(method)") }
            decoder.append(bytes)
        }
    }

    /// An app definition as the command line would send it.
    static func app(
        _ name: String,
        _ command: [String],
        _ settings: JSONObject = [:]
    ) -> JSONValue {
        var object: JSONObject = [
            "name": .string(name),
            "command": [
                "executable": .string(command[0]),
                "arguments": .array(command.dropFirst().map { .string($0) }),
                "script": .string(command[0]),
            ],
            "working_directory": "/tmp",
            "environment": ["PATH": "/usr/local/bin:/usr/bin:/bin"],
        ]
        for (key, value) in settings {
            object[key] = value
        }
        return .object(object)
    }

    /// A shell command as an app.
    static func shell(_ name: String, _ script: String, _ settings: JSONObject = [:]) -> JSONValue {
        app(name, ["/bin/sh", "-c", script], settings)
    }

    /// No delay and no end of restarts.
    static let restartsAtOnce: JSONValue = ["fixed_delay_ms": 0, "maximum_unstable_runs": "unlimited"]

    /// Sends definitions and starts them.
    @discardableResult
    func apply(_ apps: JSONValue..., waits: Bool = true) throws -> [JSONValue] {
        let reply = try call("Apply", ["apps": .array(apps), "wait": .bool(waits), "timeout_ms": 20_000])
        return reply["outcomes"]?.arrayValue ?? []
    }

    /// The status of a process.
    func status(_ name: String) throws -> JSONValue {
        let list = try call("List", ["select": [.string(name)]])
        return try #require(list["processes"]?.arrayValue?.first)
    }

    /// The pid of a process that runs.
    func pid(_ name: String) throws -> Int32 {
        let number = try #require(try status(name)["pid"]?.integerValue, "\(name) does not run")
        return try #require(Int32(exactly: number))
    }

    /// What happened to a process, as words.
    func events(_ name: String) throws -> [JSONValue] {
        try call("Why", ["select": [.string(name)]])["events"]?.arrayValue ?? []
    }

    /// The last event of a kind.
    func lastEvent(_ kind: String, of name: String) throws -> JSONValue? {
        try events(name).last { $0["event"]?.stringValue == kind }
    }

    /// The bytes of a log file.
    func log(_ name: String) -> [UInt8] {
        (try? FileContents.read("\(home)/logs/\(name).log", limit: 256 << 20)) ?? []
    }

    /// A text file that a child writes.
    func text(_ path: String) -> String {
        String(decoding: (try? FileContents.read(path, limit: 1 << 20)) ?? [], as: UTF8.self)
    }

    /// Waits until something is so; fails after `seconds` with the last reason.
    func await(
        _ what: String,
        seconds: Double = 15,
        _ condition: () throws -> Bool
    ) throws {
        let end = Clocks.monotonicNanoseconds() + Int64(seconds * 1e9)
        while try !condition() {
            try #require(Clocks.monotonicNanoseconds() < end, "waited \(seconds) s in vain: \(what)")
            usleep(5000)
        }
    }

    /// Whether a process is there and no zombie.
    static func isAlive(_ pid: Int32) -> Bool {
        guard let proc = try? ProcFilesystem(), let statistics = proc.stat(pid) else { return false }
        return statistics.state != .zombie
    }
}
