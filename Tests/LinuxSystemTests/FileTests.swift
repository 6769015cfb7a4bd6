import Glibc
import LinuxSystem
import Testing

@Suite struct FileTests {
    @Test func `a replaced file is the new one with its mode, and nothing is left beside it`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("desired.json")
        try AtomicFile.replace(path, [1, 2, 3], mode: 0o640)
        try AtomicFile.replace(path, [4], mode: 0o600)
        #expect(try FileContents.read(path, limit: 10) == [4])
        #expect(try FileStatus(path: path).mode == 0o600)
        #expect(try Directory.names(in: folder.path) == ["desired.json"])
    }

    @Test func `a replacement that fails leaves the old file and nothing beside it`() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.ignoreSignals([SIGXFSZ])
            let folder = try ScratchFolder()
            let path = folder.file("desired.json")
            try AtomicFile.replace(path, [1, 2, 3])
            let old = try ResourceLimits.current(.fileSize)
            try ResourceLimits.set(.init(.fileSize, soft: 100, hard: old.hard))
            do throws(SystemError) {
                try AtomicFile.replace(path, [UInt8](repeating: 7, count: 200))
                exit(1)
            } catch {
                guard error.errorNumber == EFBIG else { exit(2) }
            }
            exit(
                try FileContents.read(path, limit: 10) == [1, 2, 3]
                    && Directory.names(in: folder.path) == ["desired.json"] ? 0 : 3
            )
        }
    }

    @Test func `a reader sees the old or the new file while it is replaced`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("state")
        let texts = [[UInt8](repeating: 1, count: 50_000), [UInt8](repeating: 2, count: 70_000)]
        for round in 0..<50 {
            try AtomicFile.replace(path, texts[round % 2], durable: false)
            let reader = Descriptor(open(path, O_RDONLY | O_CLOEXEC))
            try AtomicFile.replace(path, texts[(round + 1) % 2], durable: false)
            var seen: [UInt8] = []
            while let piece = try reader.read(upTo: 8192), !piece.isEmpty { seen += piece }
            #expect(seen == texts[round % 2])
        }
    }

    @Test func `a lock has one holder, whose pid others learn`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("daemon.lock")
        do {
            guard case .acquired(let lock) = try FileLock.tryLock(path) else {
                Issue.record("the lock was free")
                return
            }
            try withExtendedLifetime(lock) {
                guard case .held(let holder) = try FileLock.tryLock(path) else {
                    Issue.record("two holders")
                    return
                }
                #expect(holder == getpid())
            }
        }
        guard case .acquired = try FileLock.tryLock(path) else {
            Issue.record("the lock was not given back")
            return
        }
    }

    @Test func `an entry is appended whole or not at all`() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.ignoreSignals([SIGXFSZ])
            let folder = try ScratchFolder()
            let journal = try AppendOnlyFile(folder.file("runs.journal"))
            try journal.append(Array("one\n".utf8))
            let old = try ResourceLimits.current(.fileSize)
            try ResourceLimits.set(.init(.fileSize, soft: 8, hard: old.hard))
            guard (try? journal.append(Array("too long\n".utf8))) == nil else { exit(1) }
            try ResourceLimits.set(old)
            try journal.append(Array("two\n".utf8))
            exit(try contents(journal.path) == "one\ntwo\n" && journal.size == 8 ? 0 : 2)
        }
    }

    @Test func `a folder gets exactly its mode, with missing parents`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a/b/c")
        #expect(throws: SystemError.self) { try Directory.create(path) }
        try Directory.create(path, mode: 0o711, withParents: true)
        #expect(try FileStatus(path: path).mode == 0o711)
        try Directory.create(path, mode: 0o700)
        #expect(try FileStatus(path: path).mode == 0o700)
        symlink(path, folder.file("link"))
        #expect(throws: SystemError.self) { try Directory.create(folder.file("link")) }
    }

    @Test func `a folder that is there stays as it is, one that is missing is made`() throws {
        let folder = try ScratchFolder()
        try Directory.createIfMissing(folder.file("a/b"), mode: 0o750)
        #expect(try FileStatus(path: folder.file("a/b")).mode == 0o750)
        chmod(folder.file("a/b"), 0o1777)
        try Directory.createIfMissing(folder.file("a/b"), mode: 0o750)
        #expect(try FileStatus(path: folder.file("a/b")).mode == 0o1777)
        symlink(folder.file("a/b"), folder.file("link"))
        try Directory.createIfMissing(folder.file("link"), mode: 0o750)
        #expect(try FileStatus(path: folder.file("a/b")).mode == 0o1777)
        try AtomicFile.replace(folder.file("file"), [], durable: false)
        #expect(throws: SystemError.self) { try Directory.createIfMissing(folder.file("file"), mode: 0o750) }
    }

    @Test func `a file beyond its limit and a pipe are not read`() throws {
        let folder = try ScratchFolder()
        try AtomicFile.replace(folder.file("f"), [1, 2, 3, 4], durable: false)
        #expect(try FileContents.read(folder.file("f"), limit: 4) == [1, 2, 3, 4])
        #expect(throws: SystemError.self) { try FileContents.read(folder.file("f"), limit: 3) }
        mkfifo(folder.file("p"), 0o600)
        #expect(throws: SystemError.self) { try FileContents.read(folder.file("p"), limit: 10) }
    }

    @Test func `the folder that keeps a user out is named`() throws {
        let folder = try ScratchFolder()
        try Directory.create(folder.file("closed"), mode: 0o700)
        try AtomicFile.replace(folder.file("closed/app"), [], mode: 0o755, durable: false)
        let other = SpawnPlan.Identity(userID: geteuid() &+ 4711, groupID: 4711, groups: [])
        let obstacle = FileAccess.obstacle(to: folder.file("closed/app"), .execute, for: other)
        #expect(obstacle?.path == folder.file("closed"))
        #expect(obstacle?.errorNumber == EACCES)
        #expect(FileAccess.obstacle(to: "/bin/sh", .execute, for: other) == nil)
        #expect(FileAccess.obstacle(to: "/bin/no-such", .read, for: other)?.errorNumber == ENOENT)
    }

    @Test func `an error says what was attempted, on what and why`() {
        let error = SystemError("open log file", EACCES, "/x")
        #expect(error.description == "cannot open log file /x: permission denied")
        #expect(error.name == "EACCES")
    }
}
