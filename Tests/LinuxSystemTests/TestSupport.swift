import Glibc
import LinuxSystem
import Synchronization
import Testing

/// A folder of its own for one test; removed with it.
final class ScratchFolder {
    private static let serial = Atomic<Int>(0)
    let path: String

    private static let prefix = "novi-linux-tests-\(getpid())-"

    /// Exit tests end by exit(3), which runs no deinit.
    private static let removesAtExit: Bool =
        atexit {
            for name in (try? Directory.names(in: "/tmp")) ?? [] where name.hasPrefix(ScratchFolder.prefix) {
                ScratchFolder.remove("/tmp/\(name)")
            }
        } == 0

    init() throws {
        try #require(Self.removesAtExit)
        let number = Self.serial.wrappingAdd(1, ordering: .relaxed).newValue
        path = "/tmp/\(Self.prefix)\(number)"
        try Directory.create(path, mode: 0o755)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        for name in (try? Directory.names(in: path)) ?? [] where unlink("\(path)/\(name)") != 0 {
            remove("\(path)/\(name)")
        }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Runs MisbehavingChild, which is built beside the test program.
enum Child {
    static let path: String = {
        let own = CurrentProcess.executablePath() ?? ""
        return Directory.parent(of: own) + "/MisbehavingChild"
    }()

    /// A plan for a child whose output goes to a pipe, if there is one.
    static func plan(
        _ arguments: [String],
        environment: [String] = [],
        output: Descriptor? = nil
    ) -> SpawnPlan {
        let fd = output?.rawValue ?? -1
        return SpawnPlan(
            executable: path,
            arguments: ["MisbehavingChild"] + arguments,
            environment: environment,
            descriptors: [-1, fd, fd]
        )
    }

    /// Runs a child to its end and returns what it printed and how it ended.
    static func run(
        _ arguments: [String],
        _ change: (inout SpawnPlan) -> Void = { _ in }
    ) throws -> (output: String, status: WaitStatus) {
        let pipe = try OutputPipe()
        try pipe.setCapacity(1 << 20)
        let writeEnd = try pipe.openWriteEnd()
        var plan = plan(arguments, output: writeEnd)
        change(&plan)
        let child = try ChildProcess.spawn(plan)
        let status = try waitForEnd(child)
        return (String(decoding: try pipe.read(upTo: 1 << 20) ?? [], as: UTF8.self), status)
    }

    /// Waits until a child has ended and reaps it.
    static func waitForEnd(_ child: SpawnedProcess) throws -> WaitStatus {
        try waitUntilReadable(child.pidfd.rawValue)
        let (status, _) = try #require(try ProcessHandle.reap(pidfd: child.pidfd.rawValue))
        return status
    }

    static func kill(_ child: SpawnedProcess) {
        try? ProcessHandle.sendSignal(pidfd: child.pidfd.rawValue, SIGKILL)
        _ = try? waitForEnd(child)
    }
}

/// Waits for a descriptor, at most 20 s.
func waitUntilReadable(_ fd: Int32) throws {
    let poll = try EventPoll()
    try poll.add(fd, .readable, token: 7)
    var events: [EventPoll.Event] = []
    try poll.wait(timeoutMilliseconds: 20_000, into: &events)
    try #require(events.first?.token == 7)
}

/// Waits until a condition holds, at most 20 s; for what the kernel does not announce.
func waitUntil(_ condition: () throws -> Bool) throws {
    let end = Clocks.monotonicNanoseconds() + 20_000_000_000
    while try !condition() {
        try #require(Clocks.monotonicNanoseconds() < end)
        usleep(1000)
    }
}

/// Writes text into a pipe from the child's side.
func write(_ text: String, to pipe: OutputPipe) throws {
    try pipe.openWriteEnd().writeAll(Array(text.utf8))
}

func contents(_ path: String) throws -> String {
    String(decoding: try FileContents.read(path, limit: 1 << 20), as: UTF8.self)
}
