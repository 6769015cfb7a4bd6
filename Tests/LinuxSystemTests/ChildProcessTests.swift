import Glibc
import LinuxSystem
import Testing

@Suite struct ChildProcessTests {
    @Test func `a child has an empty signal mask and default dispositions whatever its parent's are`() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.ignoreSignals([SIGINT, SIGPIPE, SIGXFSZ])
            CurrentProcess.blockSignals([SIGHUP, SIGTERM, SIGCHLD])
            let (output, _) = try Child.run(["dump-state"])
            exit(
                output.contains("SigBlk 0000000000000000\n") && output.contains("SigIgn 0000000000000000\n")
                    ? 0 : 1
            )
        }
    }

    @Test func `a process without its main thread is waited for, one that lives is not`() throws {
        let proc = try ProcFilesystem()
        let dying = try ChildProcess.spawn(Child.plan(["lose-main", "300"]))
        while proc.stat(dying.processID)?.state != .zombie { usleep(1000) }
        #expect(!ProcessHandle.hasEnded(pidfd: dying.pidfd.rawValue))
        #expect(ProcessHandle.awaitEnd(ofEnding: dying.processID, milliseconds: 30_000))
        #expect(ProcessHandle.hasEnded(pidfd: dying.pidfd.rawValue))
        _ = try ProcessHandle.reap(pidfd: dying.pidfd.rawValue)
        #expect(ProcessHandle.awaitEnd(ofEnding: dying.processID, milliseconds: 0))
        #expect(!ProcessHandle.awaitEnd(ofEnding: getpid(), milliseconds: 30_000))
    }

    @Test func `a child leads its own session and gets only the planned descriptors`() throws {
        let leak = try Descriptor.openNull()
        try leak.setCloseOnExec(false)
        let (output, status) = try Child.run(["dump-state"])
        let lines = output.split(separator: "\n")
        let pid = try #require(lines.first { $0.hasPrefix("pid ") }?.dropFirst(4))
        #expect(status == .exited(0))
        #expect(lines.contains("session \(pid)"))
        #expect(lines.contains("group \(pid)"))
        #expect(lines.filter { $0.hasPrefix("fd ") }.count == 3)
        #expect(lines.contains("fd 0 blocking /dev/null"))
    }

    @Test func `what the plan sets reaches the child`() throws {
        let folder = try ScratchFolder()
        let (output, _) = try Child.run(["dump-state"]) { plan in
            plan.workingDirectory = folder.path
            plan.umask = 0o027
            plan.nice = 7
            plan.oomScoreAdjustment = 300
            plan.noNewPrivileges = true
            plan.resourceLimits = [SpawnPlan.ResourceLimit(.openFiles, soft: 77, hard: 88)]
            plan.environment = ["A=1", "B=x y"]
        }
        let lines = output.split(separator: "\n")
        for line in [
            "cwd \(folder.path)", "umask 27", "nice 7", "oom_score_adj 300", "NoNewPrivs 1",
            "RLIMIT_NOFILE 77 88",
            "env A=1", "env B=x y",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
        #expect(lines.filter { $0.hasPrefix("env ") }.count == 2)
    }

    @Test(.enabled(if: geteuid() == 0, "switching users takes root"))
    func `a child runs as its user with that user's groups and we stay dumpable`() throws {
        let (output, status) = try Child.run(["exit", "0"]) { plan in
            plan.executable = "/bin/sh"
            plan.arguments = ["sh", "-c", "id -u; id -g; id -G"]
            plan.environment = ["PATH=/usr/bin:/bin"]
            plan.identity = SpawnPlan.Identity(userID: 65_534, groupID: 65_534, groups: [4, 24])
        }
        #expect(status == .exited(0))
        #expect(output == "65534\n65534\n65534 4 24\n")
        // The child shared our memory, and its change of user took the flag away.
        #expect(CurrentProcess.isDumpable)
    }

    @Test func `LISTEN_PID becomes the child's own pid`() throws {
        let (output, _) = try Child.run(["dump-state"]) { plan in
            plan.environment = ["LISTEN_FDS=1", "LISTEN_PID=", "Z=last"]
            plan.listenPIDPatch = true
        }
        let lines = output.split(separator: "\n")
        let pid = try #require(lines.first { $0.hasPrefix("pid ") }?.dropFirst(4))
        #expect(lines.contains("env LISTEN_PID=\(pid)"))
        #expect(lines.contains("env LISTEN_FDS=1"))
        #expect(lines.contains("env Z=last"))
    }

    @Test func `descriptors may change places`() throws {
        let pipe = try OutputPipe()
        let writeEnd = try pipe.openWriteEnd()
        var plan = Child.plan(["notify"], output: writeEnd)
        plan.executable = "/bin/sh"
        plan.arguments = ["sh", "-c", "echo five >&5"]
        plan.descriptors = [-1, -1, -1, writeEnd.rawValue, -1, writeEnd.rawValue]
        #expect(try Child.waitForEnd(ChildProcess.spawn(plan)) == .exited(0))
        #expect(try pipe.read(upTo: 100) == Array("five\n".utf8))
    }

    @Test func `a failed spawn names its step, its reason and its subject`() throws {
        let folder = try ScratchFolder()
        let text = folder.file("text")
        try AtomicFile.replace(text, Array("no program".utf8), mode: 0o644, durable: false)
        func failure(_ change: (inout SpawnPlan) -> Void) -> String? {
            do {
                _ = try Child.run(["exit", "0"], change)
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(
            failure { $0.executable = "/usr/bin/no-such" }
                == "exec /usr/bin/no-such: ENOENT no such file or directory"
        )
        #expect(failure { $0.executable = text } == "exec \(text): EACCES permission denied")
        #expect(
            failure { $0.workingDirectory = folder.file("gone") }
                == "chdir \(folder.file("gone")): ENOENT no such file or directory"
        )
        let limit = SpawnPlan.ResourceLimit(.openFiles, soft: 20, hard: 10)
        #expect(failure { $0.resourceLimits = [limit] } == "rlimit RLIMIT_NOFILE: EINVAL invalid argument")
        #expect(failure { $0.descriptors = [-1, -1, 99_999] } == "descriptors 2: EBADF bad file descriptor")
        #expect(failure { $0.arguments = ["a\0b"] } == "arguments a: EINVAL invalid argument")
        #expect(failure { $0.environment = ["A=\0"] } == "arguments A=: EINVAL invalid argument")
    }

    @Test(.enabled(if: geteuid() == 0, "the test gives root up in a process of its own"))
    func `a user switch without the right to is refused and named`() async {
        await #expect(processExitsWith: .success) {
            setgid(65_534)
            setuid(65_534)
            var plan = SpawnPlan(executable: "/bin/true", arguments: ["true"])
            plan.identity = SpawnPlan.Identity(userID: 0, groupID: 0, groups: [])
            do throws(SpawnError) {
                _ = try ChildProcess.spawn(plan)
                exit(1)
            } catch {
                exit(error.stage == .setgroups && error.errorNumber == EPERM ? 0 : 2)
            }
        }
    }

    @Test func `an exit is peeked any number of times and reaped once`() throws {
        let child = try ChildProcess.spawn(Child.plan(["exit", "7"]))
        let pidfd = child.pidfd.rawValue
        try waitUntilReadable(pidfd)
        #expect(try ProcessHandle.peekExit(pidfd: pidfd) == .exited(7))
        #expect(try ProcessHandle.peekExit(pidfd: pidfd) == .exited(7))
        #expect(ProcessHandle.rememberedExit(pidfd: pidfd) != .ended(.exited(7)))
        let (status, usage) = try #require(try ProcessHandle.reap(pidfd: pidfd))
        #expect(status == .exited(7))
        #expect(usage.maximumResidentBytes > 0)
        #expect(throws: SystemError.self) { try ProcessHandle.peekExit(pidfd: pidfd) }
        #expect([.ended(.exited(7)), .unsupported].contains(ProcessHandle.rememberedExit(pidfd: pidfd)))
    }

    @Test func `a running child has no exit and dies of the signal that is sent`() throws {
        let child = try ChildProcess.spawn(Child.plan(["sleep", "60"]))
        #expect(try ProcessHandle.peekExit(pidfd: child.pidfd.rawValue) == nil)
        #expect(try ProcessHandle.reap(pidfd: child.pidfd.rawValue) == nil)
        try ProcessHandle.signalGroup(child.pid, SIGKILL)
        #expect(try Child.waitForEnd(child) == .signaled(SIGKILL, coreDumped: false))
    }

    @Test(arguments: [Int32(-1), 0, 1]) func `a group that would mean ourselves or everybody is refused`(
        group: Int32
    ) {
        #expect(throws: SystemError.self) { try ProcessHandle.signalGroup(group, 0) }
    }

    @Test(arguments: ["", "setsid"]) func `an orphan comes to the subreaper`(session: String) throws {
        try CurrentProcess.setChildSubreaper()
        let (output, status) = try Child.run(["fork-orphan", session])
        #expect(status == .exited(0))
        let orphan = try #require(Int32(output.prefix { $0 != "\n" }))
        #expect(CurrentProcess.childrenOfSelf().contains(orphan))
        let pidfd = try ProcessHandle.pidfdOpen(orphan)
        try ProcessHandle.sendSignal(pidfd: pidfd.rawValue, SIGKILL)
        try waitUntilReadable(pidfd.rawValue)
        let reaped = try ProcessHandle.reapChild(pid: orphan)
        #expect(reaped?.status == .signaled(SIGKILL, coreDumped: false))
    }
}
