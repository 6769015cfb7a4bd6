import Glibc
import LinuxSystem
import Testing

/// Whether there is a cgroup 2 tree in which we may make groups.
private let hasControlGroups: Bool = {
    guard let root = ControlGroup.root(), let own = ControlGroup.path(of: getpid()) else { return false }
    return access(root.path + own, W_OK) == 0
}()

/// On the cgroup 2 tree of this machine, in a group of its own.
@Suite(.enabled(if: hasControlGroups, "needs a cgroup 2 tree that we may write to"))
struct ControlGroupTests {
    private let group: ControlGroup

    init() throws {
        let root = try #require(ControlGroup.root())
        let own = try #require(ControlGroup.path(of: getpid()))
        group = ControlGroup(path: root.path + own).child("novi-test-\(UInt32.random(in: 0 ... .max))")
    }

    private func start(_ arguments: [String], in group: ControlGroup) throws -> SpawnedProcess {
        var plan = Child.plan(arguments)
        let folder = try group.open()
        plan.cgroup = folder.rawValue
        return try withExtendedLifetime(folder) { try ChildProcess.spawn(plan) }
    }

    @Test func `what is started in a group is in it and is ended with it`() throws {
        try group.create()
        defer { try? group.remove() }
        #expect(group.exists)
        // Children of our own only: an orphan would be nobody's to reap here.
        let children = try (0..<3).map { _ in try start(["sleep", "100"], in: group) }
        #expect(Set(group.processIDs()) == Set(children.map(\.processID)))
        #expect(ControlGroup.path(of: children[0].processID)?.hasSuffix("/" + group.name) == true)
        #expect(throws: SystemError.self) { try group.remove() }
        #expect(group.kill())
        for child in children {
            var wait = pollfd(fd: child.pidfd.rawValue, events: Int16(POLLIN), revents: 0)
            #expect(poll(&wait, 1, 30_000) == 1)
            let ended = try ProcessHandle.reap(pidfd: child.pidfd.rawValue)
            #expect(ended?.0 == .signaled(SIGKILL, coreDumped: false))
        }
        #expect(group.processIDs() == [])
    }

    @Test func `groups below are looked through, and named`() throws {
        try group.create()
        let below = group.child("below")
        try below.create()
        defer {
            try? below.remove()
            try? group.remove()
        }
        let child = try start(["sleep", "100"], in: below)
        #expect(group.processIDs() == [child.processID])
        #expect(group.children == [below])
        #expect(below.parent == group)
        #expect(group.kill())
        var wait = pollfd(fd: child.pidfd.rawValue, events: Int16(POLLIN), revents: 0)
        #expect(poll(&wait, 1, 30_000) == 1)
        _ = try ProcessHandle.reap(pidfd: child.pidfd.rawValue)
    }

    @Test func `a group that is not there has nothing`() {
        #expect(!group.exists)
        #expect(group.processIDs() == [])
        #expect(group.children == [])
        #expect(group.memoryBytes == nil)
        #expect(group.oomKills == nil)
        #expect(!group.kill())
        #expect(throws: SystemError.self) { try group.open() }
    }
}
