import Glibc
import LinuxSystem
import Testing

@Suite struct OutputPipeTests {
    @Test func `O_NONBLOCK that one run sets does not reach the next`() throws {
        let pipe = try OutputPipe()
        let first = try pipe.openWriteEnd()
        try first.setNonBlocking(true)
        let second = try pipe.openWriteEnd()
        let child = try ChildProcess.spawn(Child.plan(["dump-state"], output: second))
        _ = try Child.waitForEnd(child)
        let output = String(decoding: try pipe.read(upTo: 65_536) ?? [], as: UTF8.self)
        #expect(output.contains("fd 1 blocking pipe:"))
    }

    @Test func `the pipe is found again at the child and nothing else is opened`() throws {
        let pipe = try OutputPipe()
        let writeEnd = try pipe.openWriteEnd()
        let child = try ChildProcess.spawn(Child.plan(["ignore-term"], output: writeEnd))
        defer { Child.kill(child) }
        try waitUntilReadable(pipe.rawValue)
        let found = try #require(try OutputPipe.reopen(pid: child.pid, fd: 1, expected: pipe.identity))
        #expect(found.identity == pipe.identity)
        #expect(try found.read(upTo: 100) == Array("ignoring\n".utf8))
        #expect(try OutputPipe.reopen(pid: child.pid, fd: 0, expected: pipe.identity) == nil)
        let other = try OutputPipe()
        #expect(try OutputPipe.reopen(pid: child.pid, fd: 1, expected: other.identity) == nil)
        #expect(try OutputPipe.reopen(pid: child.pid, fd: 99, expected: pipe.identity) == nil)
    }

    @Test func `it never hangs up and tells what it holds`() throws {
        let pipe = try OutputPipe()
        try write("abc", to: pipe)
        #expect(pipe.bytesAvailable == 3)
        #expect(try pipe.setCapacity(1 << 17) == 1 << 17)
        #expect(pipe.capacity == 1 << 17)
        #expect(try pipe.read(upTo: 10) == Array("abc".utf8))
        #expect(try pipe.read(upTo: 10) == nil)
    }
}

@Suite struct PrimaryLogFileTests {
    @Test func `bytes go to the end of the file`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("app.log")
        try AtomicFile.replace(path, Array("old\n".utf8), durable: false)
        let log = try PrimaryLogFile(path)
        let pipe = try OutputPipe()
        #expect(log.splice(from: pipe, upTo: 100) == .empty)
        try write("new\n", to: pipe)
        #expect(log.splice(from: pipe, upTo: 100) == .moved(4))
        #expect(log.offset == 8)
        #expect(try contents(path) == "old\nnew\n")
    }

    @Test func `a full file loses nothing and goes on when there is room`() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.ignoreSignals([SIGXFSZ])
            let folder = try ScratchFolder()
            let pipe = try OutputPipe()
            var text = ""
            for number in 0..<4000 { text += "line \(number)\n" }
            try write(text, to: pipe)
            let old = try ResourceLimits.current(.fileSize)
            try ResourceLimits.set(.init(.fileSize, soft: 10_000, hard: old.hard))
            let log = try PrimaryLogFile(folder.file("app.log"))
            var outcome = log.splice(from: pipe, upTo: 4096)
            while case .moved = outcome { outcome = log.splice(from: pipe, upTo: 4096) }
            guard outcome == .full(EFBIG), log.offset <= 10_000 else { exit(1) }
            try ResourceLimits.set(old)
            outcome = log.splice(from: pipe, upTo: 4096)
            while case .moved = outcome { outcome = log.splice(from: pipe, upTo: 4096) }
            exit(try outcome == .empty && contents(folder.file("app.log")) == text ? 0 : 2)
        }
    }

    @Test func `without splice a full file loses nothing either`() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.ignoreSignals([SIGXFSZ])
            let folder = try ScratchFolder()
            let pipe = try OutputPipe()
            try write(String(repeating: "0123456789", count: 600), to: pipe)
            let old = try ResourceLimits.current(.fileSize)
            try ResourceLimits.set(.init(.fileSize, soft: 1000, hard: old.hard))
            let log = try PrimaryLogFile(folder.file("app.log"))
            guard log.copy(from: pipe, upTo: 3000) == .moved(1000), log.pendingBytes == 2000,
                log.copy(from: pipe, upTo: 3000) == .full(EFBIG), pipe.bytesAvailable == 3000
            else { exit(1) }
            try ResourceLimits.set(old)
            while case .moved = log.copy(from: pipe, upTo: 3000) {}
            exit(try contents(folder.file("app.log")) == String(repeating: "0123456789", count: 600) ? 0 : 2)
        }
    }

    @Test func `a file that somebody cut is continued without a hole`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("app.log")
        let log = try PrimaryLogFile(path)
        let pipe = try OutputPipe()
        try write("before\n", to: pipe)
        #expect(log.splice(from: pipe, upTo: 100) == .moved(7))
        #expect(try log.checkIdentity() == .unchanged)
        truncate(path, 0)
        #expect(try log.checkIdentity() == .truncated)
        try write("after\n", to: pipe)
        #expect(log.splice(from: pipe, upTo: 100) == .moved(6))
        #expect(try contents(path) == "after\n")
    }

    @Test func `a file that somebody wrote to is continued after that`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("app.log")
        let log = try PrimaryLogFile(path)
        try AppendOnlyFile(path).append(Array("theirs\n".utf8))
        #expect(try log.checkIdentity() == .extended)
        let pipe = try OutputPipe()
        try write("ours\n", to: pipe)
        #expect(log.splice(from: pipe, upTo: 100) == .moved(5))
        #expect(try contents(path) == "theirs\nours\n")
    }

    @Test func `a file that was renamed or removed is made anew`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("app.log")
        let log = try PrimaryLogFile(path)
        try FileContents.rename(path, to: folder.file("app.log.1"))
        #expect(try log.checkIdentity() == .replaced)
        #expect(try FileStatus(path: path).identity == log.identity)
        try FileContents.remove(path)
        #expect(try log.checkIdentity() == .replaced)
        #expect(try FileStatus(path: path).identity == log.identity)
        #expect(try log.checkIdentity() == .unchanged)
    }

    @Test func `links, folders and devices are refused`() throws {
        let folder = try ScratchFolder()
        symlink("/etc/passwd", folder.file("link"))
        #expect(throws: SystemError("open log file", ELOOP, folder.file("link"))) {
            try PrimaryLogFile(folder.file("link"))
        }
        #expect(throws: SystemError("open log file", EISDIR, folder.path)) { try PrimaryLogFile(folder.path) }
        let device = SystemError("open log file", EINVAL, "/dev/null", explanation: "not a regular file")
        #expect(throws: device) { try PrimaryLogFile("/dev/null") }
        #expect(device.description == "cannot open log file /dev/null: not a regular file")
    }

    @Test func `where splice cannot go, bytes are copied, and a full device keeps them`() throws {
        let log = try PrimaryLogFile("/dev/full", acceptsSpecialFiles: true)
        let pipe = try OutputPipe()
        try write("abc", to: pipe)
        #expect(log.splice(from: pipe, upTo: 100) == .unsupported)
        #expect(log.move(from: pipe, upTo: 100) == .full(ENOSPC))
        #expect(!log.isCrashProof)
        #expect(log.pendingBytes == 3)
    }
}
