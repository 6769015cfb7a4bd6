import LinuxSystem
import Shared
import Testing

@testable import noviSupervisord

/// Whose a process is, told from a /proc of the test's own making.
@Suite struct ProcessTreeWatchTests {
    private let folder: ScratchFolder
    private let own = CurrentProcess.processID
    private let run = RunID(rawValue: 0x10)
    // Above any pid that this kernel gives out: what looks like a child to be reaped is none.
    private let main: Int32 = 90_000_001
    private let stray: Int32 = 90_000_002

    init() throws {
        folder = try ScratchFolder()
    }

    private func add(
        _ pid: Int32,
        parent: Int32,
        session: Int32,
        state: String = "S",
        start: Int = 50,
        environment: String = ""
    ) throws {
        let rest = [Int](repeating: 0, count: 13).map(String.init).joined(separator: " ")
        let stat = "\(pid) (x) \(state) \(parent) \(session) \(session) \(rest) 1 0 \(start) 4096 10 0\n"
        try folder.write(stat, to: "\(pid)/stat")
        try folder.write("", to: "\(pid)/task/\(pid)/children")
        try folder.write(environment, to: "\(pid)/environ")
    }

    private func setChildren(_ pids: [Int32], of parent: Int32) throws {
        let text = pids.map { "\($0) " }.joined()
        try folder.write(text, to: "\(parent)/task/\(parent)/children")
    }

    private func watch() throws -> ProcessTreeWatch {
        var watch = ProcessTreeWatch(proc: try ProcFilesystem(path: folder.path))
        watch.add(main: main, of: run)
        try add(main, parent: own, session: main)
        return watch
    }

    @Test func `an orphan belongs to the run whose session it is in`() throws {
        var watch = try watch()
        try add(stray, parent: own, session: main)
        try setChildren([main, stray], of: own)
        watch.refresh()
        #expect(watch.orphans(of: run) == [stray])
        #expect(watch.hasOrphans(run))
        #expect(watch.members(main: main, of: run).map(\.processID) == [main, stray])
        #expect(watch.members(main: nil, of: run).map(\.processID) == [stray])
    }

    @Test func `an orphan with a session of its own is told by the run that it inherited`() throws {
        var watch = try watch()
        try add(stray, parent: own, session: stray, environment: "A=1\u{0}NOVI_RUN=\(run)\u{0}")
        try setChildren([main, stray], of: own)
        watch.refresh()
        #expect(watch.orphans(of: run) == [stray])
    }

    @Test(arguments: ["", "NOVI_RUN=nonsense\u{0}", "XNOVI_RUN=0000000000000010\u{0}"])
    func `an orphan of nobody belongs to no run`(environment: String) throws {
        var watch = try watch()
        try add(stray, parent: own, session: stray, environment: environment)
        try setChildren([main, stray], of: own)
        watch.refresh()
        #expect(!watch.hasOrphans(run))
    }

    @Test func `descendants of an orphan are members, zombies are not`() throws {
        var watch = try watch()
        let child: Int32 = 90_000_003
        let dead: Int32 = 90_000_004
        try add(stray, parent: own, session: main)
        try add(child, parent: stray, session: child)
        try add(dead, parent: main, session: main, state: "Z")
        try setChildren([main, stray], of: own)
        try setChildren([child], of: stray)
        try setChildren([dead], of: main)
        watch.refresh()
        #expect(watch.members(main: main, of: run).map(\.processID) == [main, stray, child])
    }

    @Test func `an orphan that is gone is forgotten, and one turn looks once`() throws {
        var watch = try watch()
        try add(stray, parent: own, session: main)
        try setChildren([main, stray], of: own)
        watch.refresh()
        try setChildren([main], of: own)
        watch.refresh()
        #expect(watch.hasOrphans(run))
        watch.beginTurn()
        watch.refresh()
        #expect(!watch.hasOrphans(run))
    }

    @Test func `a later process of the same number is looked at anew`() throws {
        var watch = try watch()
        try add(stray, parent: own, session: main, start: 50)
        try setChildren([main, stray], of: own)
        watch.refresh()
        #expect(watch.hasOrphans(run))
        try add(stray, parent: own, session: stray, start: 51)
        watch.beginTurn()
        watch.refresh()
        #expect(!watch.hasOrphans(run))
    }
}
