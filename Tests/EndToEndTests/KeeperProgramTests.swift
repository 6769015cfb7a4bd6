import Foundation
import LinuxSystem
import Shared
import Testing

@testable import noviSupervisord

/// The keeper's program alone, with shell scripts in the daemon's place.
struct KeeperProgramTests {
    /// A folder with a script that plays the daemon, and a keeper of it.
    private final class Scene {
        let folder: String
        var keeper: SpawnedProcess?

        /// Takes what the daemon does, where `$folder` is the folder; each start is noted in `starts`.
        init(_ body: String) throws {
            folder = "/tmp/novi-keeper-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(
                atPath: "\(folder)/run",
                withIntermediateDirectories: true
            )
            try write("installed", body)
        }

        deinit {
            if let keeper { try? ProcessHandle.sendSignal(pidfd: keeper.pidfd.rawValue, SIGKILL) }
            try? FileManager.default.removeItem(atPath: folder)
        }

        func write(_ name: String, _ body: String) throws {
            let script = """
                #!/bin/bash
                folder=\(folder)
                [ -n "$UNBLOCKED" ] || echo "\(name) $$ $(date +%s%N) $*" >>$folder/starts
                # A daemon gets what the keeper forwards blocked; a shell cannot change that. What waits comes here.
                [ -n "$UNBLOCKED" ] || UNBLOCKED=1 exec perl -MPOSIX -e '
                    sigprocmask(SIG_UNBLOCK, POSIX::SigSet->new(SIGHUP, SIGTERM)); exec @ARGV' "$0" "$@"
                commit() { echo "$(cat /proc/sys/kernel/random/boot_id) $$ ready" >$folder/run/committed; }
                \(body)
                """
            try AtomicFile.replace("\(folder)/\(name)", Array(script.utf8), mode: 0o755)
        }

        func start(_ options: [String] = []) throws {
            let program = SupervisorFixture.binary("noviKeeper")
            var plan = SpawnPlan(
                executable: program,
                arguments: [program] + options + [
                    "\(folder)/run", "\(folder)/copy", "\(folder)/installed", "--home", "/h",
                ],
                environment: ["PATH=/usr/bin:/bin"],
                descriptors: [-1, 2, 2]
            )
            plan.newSession = true
            keeper = try ChildProcess.spawn(plan)
        }

        func signal(_ number: Int32) throws {
            try ProcessHandle.sendSignal(pidfd: #require(keeper).pidfd.rawValue, number)
        }

        /// The status with which the keeper ends.
        func end() throws -> WaitStatus {
            let ended = try #require(keeper)
            let pidfd = ended.pidfd.rawValue
            var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
            try #require(poll(&wait, 1, 30_000) > 0, "the keeper did not end")
            keeper = nil
            return try withExtendedLifetime(ended) { try #require(try ProcessHandle.reap(pidfd: pidfd)).0 }
        }

        /// Of each start: which program, its pid, when in nanoseconds.
        var starts: [(program: String, pid: Int32, at: Int64, arguments: String)] {
            let bytes = (try? FileContents.read("\(folder)/starts", limit: 1 << 20)) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ", maxSplits: 3)
                guard words.count == 4, let pid = Int32(words[1]), let at = Int64(words[2]) else {
                    return nil
                }
                return (String(words[0]), pid, at, String(words[3]))
            }
        }

        func awaitStarts(_ count: Int) throws {
            let end = Clocks.monotonicNanoseconds() + 60_000_000_000
            while starts.count < count {
                try #require(
                    Clocks.monotonicNanoseconds() < end,
                    "\(starts.count) starts instead of \(count)"
                )
                usleep(5000)
            }
        }
    }

    @Test(arguments: [Int32(0), 64, 75, 78, 1, 7])
    func `a daemon that ends by itself ends the keeper, which passes the status on`(status: Int32) throws {
        let scene = try Scene("exit \(status)")
        try scene.start()
        #expect(try scene.end() == .exited(status))
        #expect(scene.starts.count == 1)
    }

    @Test func `a daemon that was good is started again, whatever its status`() throws {
        // The mark of an earlier life is there and the new one cannot start for now: a full disk, say.
        let scene = try Scene("[ $(wc -l <$folder/starts) -lt 4 ] || exit 0; commit; exit 1")
        try scene.start()
        #expect(try scene.end() == .exited(0))
        #expect(scene.starts.count == 4)
    }

    @Test func `crashes in a row back off from 100 ms, doubled each time`() throws {
        let scene = try Scene("kill -KILL $$")
        try scene.start()
        try scene.awaitStarts(6)
        let starts = scene.starts
        for number in 2...5 {
            let gap = (starts[number].at - starts[number - 1].at) / 1_000_000
            #expect(gap >= 100 << (number - 2), "start \(number) after \(gap) ms")
        }
        #expect(starts[0].arguments.hasPrefix("--home /h --keeper-fd "))
        #expect(!starts[0].arguments.contains("--again"))
        #expect(starts[1].arguments.contains("--again"))
    }

    @Test func `a second of good life makes the next start immediate`() throws {
        let scene = try Scene(
            "[ $(wc -l <$folder/starts) -lt 6 ] && kill -KILL $$; commit; sleep 1.1; kill -KILL $$"
        )
        try scene.start()
        try scene.awaitStarts(8)
        let starts = scene.starts
        // The seventh would have waited 1.6 s beside its life if the crashes before still counted, the eighth 3.2 s.
        let gaps = (6...7).map { (starts[$0].at - starts[$0 - 1].at) / 1_000_000 }
        #expect(gaps.contains { $0 < 2500 }, "\(gaps) ms")
    }

    @Test
    func
        `the copy of the last good daemon is preferred, and alternates with what is installed while it fails`()
        throws
    {
        let scene = try Scene("kill -KILL $$")
        try scene.write("copy", "kill -KILL $$")
        let boot = String(
            decoding: try FileContents.read("/proc/sys/kernel/random/boot_id", limit: 64),
            as: UTF8.self
        )
        let mark = "\(boot.dropLast()) 1 ready\n"
        try AtomicFile.replace("\(scene.folder)/run/committed", Array(mark.utf8))
        try scene.start()
        try scene.awaitStarts(4)
        #expect(scene.starts.prefix(4).map(\.program) == ["copy", "installed", "copy", "installed"])
    }

    @Test func `a copy that gets ready is kept to`() throws {
        let scene = try Scene("commit; kill -KILL $$")
        try scene.write("copy", "commit; [ $(wc -l <$folder/starts) -lt 4 ] && kill -KILL $$; exit 0")
        try scene.start()
        #expect(try scene.end() == .exited(0))
        #expect(scene.starts.map(\.program) == ["installed", "copy", "copy", "copy"])
    }

    @Test func `a copy that cannot be executed, and a mark of another boot, lead to what is installed`()
        throws
    {
        let scene = try Scene("commit; [ $(wc -l <$folder/starts) -lt 3 ] && kill -KILL $$; exit 0")
        try AtomicFile.replace("\(scene.folder)/copy", Array("no program".utf8), mode: 0o755)
        try scene.start()
        #expect(try scene.end() == .exited(0))
        #expect(scene.starts.map(\.program) == ["installed", "installed", "installed"])
        try scene.write("copy", "exit 3")
        // As an ordered end does.
        try FileContents.remove("\(scene.folder)/run/launched")
        try AtomicFile.replace("\(scene.folder)/run/committed", Array("another-boot 1 ready\n".utf8))
        try scene.start()
        #expect(try scene.end() == .exited(0))
        #expect(scene.starts.last?.program == "installed")
    }

    // After a reboot nothing in the run folder tells of the last good daemon; its copy is there still.
    @Test func `an installed program that dies without a word gives way to the last good one`() throws {
        let scene = try Scene("kill -KILL $$")
        try scene.write("copy", "commit; [ $(wc -l <$folder/starts) -lt 3 ] && kill -KILL $$; exit 0")
        try scene.start()
        #expect(try scene.end() == .exited(0))
        #expect(scene.starts.map(\.program) == ["installed", "copy", "copy"])
    }

    @Test func `a program that somebody still writes is waited for`() throws {
        let scene = try Scene("exit 0")
        let writer = Descriptor(open("\(scene.folder)/installed", O_WRONLY | O_CLOEXEC))
        try #require(writer.rawValue >= 0)
        try scene.start()
        try waitForFile("\(scene.folder)/run/launched")
        writer.close()
        #expect(try scene.end() == .exited(0))
        #expect(scene.starts.count == 1)
    }

    @Test func `signals reach the daemon, also those that come while there is none`() throws {
        let scene = try Scene(
            """
            trap 'echo hup >>$folder/heard' HUP; trap 'echo end >>$folder/heard; exit 0' TERM
            touch $folder/listening; while :; do sleep 0.02; done
            """
        )
        try scene.start()
        try waitForFile("\(scene.folder)/listening")
        try scene.signal(SIGHUP)
        try waitForFile("\(scene.folder)/heard")
        try scene.signal(SIGTERM)
        #expect(try scene.end() == .exited(0))

        // In a backoff of up to ten seconds a request to end is not left waiting: a daemon is started that gets it.
        let crashing = try Scene("kill -KILL $$")
        try crashing.start()
        try crashing.awaitStarts(6)
        try crashing.signal(SIGTERM)
        #expect(try crashing.end() == .exited(128 + SIGTERM))
    }

    @Test func `an end that was asked for is asked again of a daemon that follows, then given up`() throws {
        let scene = try Scene(
            "trap 'kill -KILL $$' TERM; touch $folder/listening; while :; do sleep 0.02; done"
        )
        try scene.start()
        try waitForFile("\(scene.folder)/listening")
        try scene.signal(SIGTERM)
        // The later ones get the signal before their trap is there.
        #expect(try scene.end() == .exited(128 + SIGTERM))
        #expect(scene.starts.count == 3)
    }

    @Test func `what it reaps is told to the daemon that lives and to the next one`() throws {
        // The first daemon leaves an orphan that ends with 7 while it lives; it reads nothing. The second one reads all.
        let scene = try Scene(
            """
            while [ "$1" != --keeper-fd ]; do shift; done
            if [ ! -e $folder/orphan ]; then
                commit; (bash -c 'echo $$ >'$folder'/orphan; sleep 0.3; exit 7' &)
                until [ -s $folder/orphan ] && ! kill -0 $(cat $folder/orphan) 2>/dev/null; do sleep 0.02; done
                kill -KILL $$
            fi
            cat <&$2 >$folder/reports 2>/dev/null; exit 0
            """
        )
        try scene.start()
        #expect(try scene.end() == .exited(0))
        let orphan = try #require(Int32(text("\(scene.folder)/orphan").prefix { $0.isNumber }))
        let bytes = try FileContents.read("\(scene.folder)/reports", limit: 1 << 20)
        #expect(bytes.count % KeeperReports.Report.byteCount == 0)
        let reports = stride(from: 0, to: bytes.count, by: KeeperReports.Report.byteCount).map {
            KeeperReports.Report(bytes[$0..<($0 + KeeperReports.Report.byteCount)])
        }
        let told = try #require(reports.first { $0.pid == orphan })
        #expect(told.status == .exited(7))
        #expect(told.startTicks > 0)
        #expect(!told.wasDaemon)
        let daemon = try #require(reports.first { $0.wasDaemon })
        #expect(daemon.pid == scene.starts[0].pid)
        #expect(daemon.status == .signaled(SIGKILL, coreDumped: false))
    }

    @Test func `only one keeper runs for a folder`() throws {
        let scene = try Scene("touch $folder/listening; while :; do sleep 0.02; done")
        try scene.start()
        try waitForFile("\(scene.folder)/listening")
        let first = scene.keeper
        try scene.start()
        #expect(try scene.end() == .exited(75))
        scene.keeper = first
        try scene.signal(SIGTERM)
        #expect(try scene.end() == .exited(128 + SIGTERM))
    }

    @Test func `whoever takes a killed keeper's place waits for the lock that dies with it`() throws {
        let scene = try Scene("exit 0")
        guard case .acquired(let lock) = try FileLock.tryLock("\(scene.folder)/run/keeper.lock") else {
            Issue.record("the lock of a new folder is held")
            return
        }
        try scene.start()
        #expect(try scene.end() == .exited(75))
        try scene.start(["--again"])
        usleep(200_000)
        #expect(scene.starts.isEmpty)
        lock.descriptor.close()
        #expect(try scene.end() == .exited(0))
        #expect(scene.starts.count == 1)
    }

    @Test func `the launcher chooses as the keeper does and becomes the daemon`() throws {
        let scene = try Scene("commit; exit 5")
        try scene.write("copy", "exit 6")
        try scene.start(["--launch"])
        #expect(try scene.end() == .exited(5))
        try scene.start(["--launch"])
        #expect(try scene.end() == .exited(6))
        // The copy did not get ready: the installed program has its turn.
        try scene.start(["--launch"])
        #expect(try scene.end() == .exited(5))
        #expect(scene.starts.map(\.program) == ["installed", "copy", "installed"])
    }

    private func text(_ path: String) -> String {
        String(decoding: (try? FileContents.read(path, limit: 1 << 20)) ?? [], as: UTF8.self)
    }

    private func waitForFile(_ path: String) throws {
        let end = Clocks.monotonicNanoseconds() + 30_000_000_000
        while !FileStatus.exists(path) {
            try #require(Clocks.monotonicNanoseconds() < end, "no \(path)")
            usleep(5000)
        }
    }
}
