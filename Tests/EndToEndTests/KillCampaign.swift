import Foundation
import Glibc
import LinuxSystem
import Shared
import Testing

/// What the daemon does when it is killed.
enum CampaignOperation: String, CaseIterable, CustomTestStringConvertible {
    case start, stop, restart, scaleUp, scaleDown, replace, delete, respawn, rotate, upgrade

    var testDescription: String { rawValue }

    /// How many instances the target has before.
    static let instances = 2

    /// Brings the target into the state in which the operation has something to do.
    func prepare(_ fixture: SupervisorFixture, round: Int) throws {
        try fixture.apply(Self.target(round: 0))
        switch self {
        case .start: try fixture.call("Stop", ["select": ["target"], "timeout_ms": 20_000])
        case .stop, .restart, .scaleUp, .replace, .delete, .respawn, .rotate, .upgrade: break
        case .scaleDown: try Self.scale(fixture, Self.instances + 1)
        }
    }

    /// Does it; the daemon may die meanwhile.
    func perform(_ fixture: SupervisorFixture, round: Int) throws {
        switch self {
        case .start: try fixture.call("Start", ["select": ["target"], "wait": true, "timeout_ms": 20_000])
        case .stop: try fixture.call("Stop", ["select": ["target"], "timeout_ms": 20_000])
        case .restart:
            try fixture.call("Restart", ["select": ["target"], "wait": true, "timeout_ms": 20_000])
        case .scaleUp: try Self.scale(fixture, Self.instances + 1)
        case .scaleDown: try Self.scale(fixture, Self.instances)
        case .replace: try fixture.apply(Self.target(round: round))
        case .delete:
            do {
                try fixture.call("Delete", ["select": ["target"], "timeout_ms": 20_000])
            } catch let refusal as SupervisorFixture.Refusal {
                // Done before the daemon died.
                guard refusal.name.hasSuffix(".UnknownProcess") else { throw refusal }
            }
        case .respawn:
            let pid = try fixture.pid("target:1")
            kill(pid, SIGKILL)
            try fixture.await("another run of target:1") {
                let status = try fixture.status("target:1")
                return status["state"] == "online" && status["pid"]?.integerValue != Int64(pid)
            }
        case .rotate: try fixture.call("RotateLogs", ["select": ["all"]])
        case .upgrade:
            let program = JSONValue.string(SupervisorFixture.binary("noviSupervisord"))
            let attempt = try fixture.call("Upgrade", ["program": program], deadline: 60)["attempt"]
            try fixture.await("the end of the upgrade", seconds: 60) {
                let upgrade = try? fixture.call("Ping", deadline: 10)["upgrade"]
                return upgrade?["attempt"] == attempt || !fixture.isDaemonAlive
            }
        }
    }

    /// How many instances run after the operation and before it.
    var allowedCounts: Set<Int> {
        switch self {
        case .start, .stop, .delete: [0, Self.instances]
        case .restart, .replace, .respawn, .rotate, .upgrade: [Self.instances]
        case .scaleUp, .scaleDown: [Self.instances, Self.instances + 1]
        }
    }

    private static func scale(_ fixture: SupervisorFixture, _ count: Int) throws {
        try fixture.call(
            "Scale",
            ["app": "target", "instances": .integer(Int64(count)), "wait": true, "timeout_ms": 20_000]
        )
    }

    private static func target(round: Int) -> JSONValue {
        SupervisorFixture.app(
            "target",
            [SupervisorFixture.child, "sleep", "600", "\(round)"],
            ["instances": .integer(Int64(instances)), "restart": SupervisorFixture.restartsAtOnce]
        )
    }
}

/// Kills the daemon at the n-th system call of what it is doing, and looks at what is left.
final class KillCampaign {
    let fixture: SupervisorFixture
    /// How often the daemon was killed.
    private(set) var kills = 0
    private let bystander: Int32
    private let proc: ProcFilesystem

    /// Starts a daemon with an app that must never notice anything.
    init() throws {
        fixture = try SupervisorFixture()
        proc = try ProcFilesystem()
        try fixture.apply(
            SupervisorFixture.app(
                "bystander",
                [SupervisorFixture.child, "tick", "1"],
                [
                    "logs": [
                        "policy": ["maximum_file_bytes": 100_000, "compression": "none", "on_full": "block"]
                    ]
                ]
            )
        )
        bystander = try fixture.pid("bystander")
    }

    /// The system calls that the daemon's loop makes during an operation: the first, second … of each name.
    func calls(of operation: CampaignOperation) throws -> [SystemCallCount] {
        try operation.prepare(fixture, round: 0)
        let record = "\(fixture.home)/calls"
        let tracer = try Tracer(thread: fixture.daemonPID, ["-o", record])
        try operation.perform(fixture, round: -1)
        // An answered question proves that what came before it is done.
        try fixture.call("Ping")
        tracer.detach()
        return SystemCallCount.read(record)
    }

    /// The same of a start that takes over what the daemon before left.
    func callsOfStart() throws -> [SystemCallCount] {
        try CampaignOperation.restart.prepare(fixture, round: 0)
        fixture.killDaemon()
        let record = "\(fixture.home)/calls"
        try #require(try fixture.tryToStartDaemon(wrapper: ["/usr/bin/strace", "-qq", "-o", record]))
        try killTracedDaemon()
        try fixture.startDaemon()
        return SystemCallCount.read(record)
    }

    /// Kills the daemon's loop before a system call of an operation, if it comes to that call.
    func kill(during operation: CampaignOperation, at call: SystemCallCount, round: Int) throws {
        try operation.prepare(fixture, round: round)
        let tracer = try Tracer(thread: fixture.daemonPID, ["-o", "/dev/null"] + call.injection)
        try? operation.perform(fixture, round: round)
        let isSilent = !fixture.isDaemonAlive || (try? fixture.call("Ping", deadline: 10)) == nil
        tracer.detach()
        // The call may have come behind the answer.
        let wasKilled = isSilent || !fixture.isDaemonAlive
        if wasKilled {
            kills += 1
            fixture.killDaemon()
            try fixture.startDaemon()
        }
        try check(operation, "\(operation.rawValue), \(call)", round)
    }

    /// Kills a new daemon before a system call of its start.
    func kill(duringStartAt call: SystemCallCount, round: Int) throws {
        try CampaignOperation.restart.prepare(fixture, round: round)
        fixture.killDaemon()
        let wrapper = ["/usr/bin/strace", "-qq", "-o", "/dev/null"] + call.injection
        if try !fixture.tryToStartDaemon(wrapper: wrapper) { kills += 1 }
        try killTracedDaemon()
        try fixture.startDaemon()
        try check(.restart, "start, \(call)", round)
    }

    /// The fixture knows the tracer only; the daemon below it says its own number.
    ///
    /// Its main thread is a zombie while others still hold the lock; a pidfd tells the end of the last one.
    private func killTracedDaemon() throws {
        let pid = Int32(fixture.text("\(fixture.home)/run/daemon.pid").dropLast())
        let traced = try pid.flatMap { pid in
            try proc.arguments(pid).contains(fixture.home) ? ProcessHandle.pidfdOpen(pid) : nil
        }
        fixture.killDaemon()
        guard let traced else { return }
        try? ProcessHandle.sendSignal(pidfd: traced.rawValue, SIGKILL)
        var wait = pollfd(fd: traced.rawValue, events: Int16(POLLIN), revents: 0)
        try #require(poll(&wait, 1, 30_000) == 1, "the traced daemon did not end")
    }

    /// Holds the promises against what is there.
    private func check(_ operation: CampaignOperation, _ place: String, _ round: Int) throws {
        // Nothing else is concerned.
        #expect(try fixture.pid("bystander") == bystander, "the bystander was restarted: \(place)")
        #expect(try fixture.status("bystander")["restarts"] == 0, "\(place)")
        // It comes to rest, as before the operation or as after it, and the truth is told about it.
        try fixture.await("rest after \(place)") {
            let states = try states()
            guard states.allSatisfy({ $0.state == "online" || $0.state == "stopped" }) else { return false }
            return operation.allowedCounts.contains(states.count { $0.state == "online" })
        }
        let pids = try states().compactMap(\.pid).sorted()
        #expect(living() == pids, "what runs is not what is told: \(place)")
        // What was half done can be asked for again.
        try operation.perform(fixture, round: round)
    }

    private struct State {
        var state: String
        var pid: Int32?
    }

    private func states() throws -> [State] {
        let list = try fixture.call("List")["processes"]?.arrayValue ?? []
        return list.filter { $0["name"] == "target" }.map { process in
            State(
                state: process["state"]?.stringValue ?? "",
                pid: process["pid"]?.integerValue.flatMap { Int32(exactly: $0) }
            )
        }
    }

    /// Every process of the target, whoever started it.
    private func living() -> [Int32] {
        proc.processIDs().filter { pid in
            guard let statistics = proc.stat(pid), statistics.state != .zombie else { return false }
            return proc.environmentValue(pid, "NOVI_HOME") == fixture.home
                && proc.environmentValue(pid, "NOVI_APP") == "target"
        }.sorted()
    }

    /// Whether no line of the bystander is missing, doubled or damaged.
    func checkLog() throws {
        try fixture.call("Stop", ["select": ["bystander"]])
        let oracle = LogOracle(fixture, "bystander-out")
        let lines = oracle.bytes().count { $0 == 0x0A }
        #expect(lines > 100)
        #expect(oracle.faults(lines: lines) == [])
        #expect(oracle.endsAtLineEnds)
    }
}

/// One of the system calls of a thread: the `number`-th of its name.
struct SystemCallCount: CustomStringConvertible {
    var name: String
    var number: Int

    var description: String { "\(name) number \(number)" }

    /// What makes strace(1) kill the process there: it counts the calls of each name by themselves.
    var injection: [String] { ["-e", "trace=\(name)", "-e", "inject=\(name):signal=SIGKILL:when=\(number)"] }

    /// Reads a record of strace(1) into the order of the calls.
    static func read(_ path: String) -> [SystemCallCount] {
        let text = String(decoding: (try? FileContents.read(path, limit: 64 << 20)) ?? [], as: UTF8.self)
        var numbers: [String: Int] = [:]
        return text.split(separator: "\n").compactMap { line in
            let name = String(line.prefix { $0 != "(" })
            guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
                return nil
            }
            numbers[name, default: 0] += 1
            return SystemCallCount(name: name, number: numbers[name, default: 0])
        }
    }
}

/// strace(1) at one thread of a running process.
struct Tracer {
    private let thread: Int32
    private let process: SpawnedProcess

    /// Attaches to a thread and returns when it is traced.
    init(thread: Int32, _ options: [String]) throws {
        self.thread = thread
        let command = ["/usr/bin/strace", "-qq", "-p", "\(thread)"] + options
        var plan = SpawnPlan(
            executable: command[0],
            arguments: command,
            environment: ["PATH=/usr/bin:/bin"],
            descriptors: [-1, -1, -1]
        )
        plan.newSession = true
        process = try ChildProcess.spawn(plan)
        let end = Clocks.monotonicNanoseconds() + 30_000_000_000
        while SupervisorFixture.isAlive(thread), !isTraced {
            try #require(Clocks.monotonicNanoseconds() < end, "strace did not attach to \(thread)")
            usleep(500)
        }
    }

    private var isTraced: Bool {
        let status = (try? FileContents.read("/proc/\(thread)/status", limit: 65_536)) ?? []
        return !String(decoding: status, as: UTF8.self).contains("TracerPid:\t0\n")
    }

    /// Lets go of the thread.
    func detach() {
        try? ProcessHandle.sendSignal(pidfd: process.pidfd.rawValue, SIGINT)
        var wait = pollfd(fd: process.pidfd.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&wait, 1, 30_000)
        _ = try? ProcessHandle.reap(pidfd: process.pidfd.rawValue)
    }
}
