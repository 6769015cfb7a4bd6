import Glibc
import LinuxSystem
import Testing

@Suite struct ProcTests {
    @Test func `a name with spaces and brackets does not shift the figures`() throws {
        let folder = try ScratchFolder()
        let link = folder.file("a) b (c")
        symlink(Child.path, link)
        var plan = Child.plan(["sleep", "60"], environment: ["NOVI_RUN=0123456789abcdef"])
        plan.executable = link
        let child = try ChildProcess.spawn(plan)
        defer { Child.kill(child) }
        let proc = try ProcFilesystem()
        // The kernel lets us go on before the name and the arguments are in place.
        try waitUntil { proc.arguments(child.pid) == ["MisbehavingChild", "sleep", "60"] }
        #expect(proc.commandName(child.pid) == "a) b (c")
        let figures = try #require(proc.stat(child.pid))
        #expect(figures.parentProcessID == getpid())
        #expect(figures.processGroup == child.pid)
        #expect(figures.session == child.pid)
        #expect(figures.threads == 1)
        // The kernel counts pages in batches: right after exec it may still say 0.
        try waitUntil { (proc.stat(child.pid)?.residentBytes ?? 0) > 0 }
        #expect(figures.startTicks > 0)
        #expect(proc.environmentValue(child.pid, "NOVI_RUN") == "0123456789abcdef")
        #expect(proc.environmentValue(child.pid, "NOVI") == nil)
        #expect(try #require(proc.proportionalSetSize(child.pid)) > 0)
    }

    @Test func `a process that is gone has no figures`() throws {
        let child = try ChildProcess.spawn(Child.plan(["exit", "0"]))
        _ = try Child.waitForEnd(child)
        let proc = try ProcFilesystem()
        #expect(proc.stat(child.pid) == nil)
        #expect(proc.children(of: child.pid).isEmpty)
        #expect(proc.environmentValue(child.pid, "PATH") == nil)
        #expect(proc.proportionalSetSize(child.pid) == nil)
        #expect(ProcessTree.descendants(root: child.pid, in: proc).isEmpty)
    }

    @Test func `the tree holds all descendants`() throws {
        // Orphans of a subreaper that are not reaped stay, and the runner's own wait for exit tests trips over them.
        try CurrentProcess.setChildSubreaper()
        let child = try ChildProcess.spawn(Child.plan(["fork-tree", "3"]))
        let proc = try ProcFilesystem()
        var members: [ProcessTree.Member] = []
        defer {
            try? ProcessHandle.signalGroup(child.pid, SIGKILL)
            for member in members {
                try? waitUntil { try ProcessHandle.reapChild(pid: member.processID) != nil }
            }
        }
        try waitUntil {
            members = ProcessTree.descendants(root: child.pid, in: proc)
            return members.count == 4
        }
        #expect(members.first?.processID == child.pid)
        let session = ProcessTree.members(root: child.pid, sessionOf: child.pid, in: proc)
        #expect(Set(session.map(\.processID)) == Set(members.map(\.processID)))
        #expect(session.allSatisfy { $0.session == child.pid })
    }

    @Test func `a session is found after its leader has gone`() throws {
        try CurrentProcess.setChildSubreaper()
        let pipe = try OutputPipe()
        let writeEnd = try pipe.openWriteEnd()
        let child = try ChildProcess.spawn(Child.plan(["fork-orphan"], output: writeEnd))
        _ = try Child.waitForEnd(child)
        let proc = try ProcFilesystem()
        let text = String(decoding: try #require(try pipe.read(upTo: 100)), as: UTF8.self)
        let orphan = try #require(Int32(text.prefix { $0 != "\n" }))
        #expect(ProcessTree.descendants(root: child.pid, in: proc).isEmpty)
        let members = ProcessTree.members(root: child.pid, sessionOf: child.pid, in: proc)
        #expect(members.map(\.processID) == [orphan])
        try ProcessHandle.signalGroup(child.pid, SIGKILL)
        try waitUntil { try ProcessHandle.reapChild(pid: orphan) != nil }
    }

    @Test func `the machine tells its boot, memory and processors`() throws {
        let proc = try ProcFilesystem()
        #expect(proc.bootID()?.utf8.count == 36)
        let memory = try #require(proc.hostMemory())
        #expect(memory.available > 0)
        #expect(memory.total >= memory.available)
        #expect(ProcFilesystem.processorCount() >= 1)
        #expect(proc.processIDs().contains(getpid()))
    }
}

@Suite struct UserDatabaseTests {
    @Test func `a user is found by name and by number`() throws {
        let root = try #require(try UserDatabase.user("root"))
        #expect(root.userID == 0)
        #expect(try UserDatabase.user("0") == root)
        #expect(try UserDatabase.user("no-such-user-here") == nil)
        #expect(try UserDatabase.group("root") == 0)
        #expect(UserDatabase.groups(ofUser: "root", mainGroup: 0).contains(0))
    }
}
