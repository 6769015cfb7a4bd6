import Glibc
import LinuxSystem
import Testing

/// What somebody kept for us is asked what it is.
@Suite struct KeptDescriptorTests {
    @Test func `a pidfd tells its process, and that it was reaped`() throws {
        let child = try ChildProcess.spawn(Child.plan(["never-ready"]))
        let pidfd = child.pidfd.rawValue
        #expect(ProcessHandle.subject(ofPidfd: pidfd) == .process(child.processID))
        try ProcessHandle.sendSignal(pidfd: pidfd, SIGKILL)
        try waitUntilReadable(pidfd)
        #expect(ProcessHandle.subject(ofPidfd: pidfd) == .process(child.processID))
        _ = try ProcessHandle.reap(pidfd: pidfd)
        #expect(ProcessHandle.subject(ofPidfd: pidfd) == .reaped)
    }

    @Test(arguments: [
        (["exit", "7"], WaitStatus.exited(7)), (["crash", "9"], .signaled(9, coreDumped: false)),
    ])
    func `a zombie tells how it ended before it is reaped`(_ arguments: [String], _ status: WaitStatus) throws
    {
        let proc = try ProcFilesystem()
        let child = try ChildProcess.spawn(Child.plan(arguments))
        let ticks = try #require(proc.stat(child.processID)).startTicks
        try waitUntilReadable(child.pidfd.rawValue)
        #expect(ProcessHandle.hasEnded(pidfd: child.pidfd.rawValue))
        #expect(proc.statusOfZombie(child.processID, startTicks: ticks) == status)
        #expect(proc.statusOfZombie(child.processID, startTicks: ticks + 1) == nil)
        _ = try ProcessHandle.reap(pidfd: child.pidfd.rawValue)
        #expect(proc.statusOfZombie(child.processID, startTicks: ticks) == nil)
        #expect(ProcessHandle.hasEnded(pidfd: child.pidfd.rawValue))
    }

    @Test func `what runs has not ended and tells no status`() throws {
        let proc = try ProcFilesystem()
        let child = try ChildProcess.spawn(Child.plan(["never-ready"]))
        defer { Child.kill(child) }
        let ticks = try #require(proc.stat(child.processID)).startTicks
        #expect(!ProcessHandle.hasEnded(pidfd: child.pidfd.rawValue))
        #expect(proc.statusOfZombie(child.processID, startTicks: ticks) == nil)
    }

    @Test func `a descriptor that is no pidfd stands for no process`() throws {
        let null = try Descriptor.openNull()
        #expect(ProcessHandle.subject(ofPidfd: null.rawValue) == .none)
        #expect(ProcessHandle.subject(ofPidfd: -1) == .none)
    }

    @Test func `a kept pipe is taken over with what is in it, by either end`() throws {
        let pipe = try OutputPipe()
        let end = try pipe.openWriteEnd()
        try end.writeAll(Array("last words".utf8))
        let taken = try #require(try OutputPipe.adopt(end, expected: pipe.identity))
        end.close()
        #expect(try taken.read(upTo: 100) == Array("last words".utf8))
        #expect(try taken.read(upTo: 100) == nil)
    }

    @Test func `another pipe than the expected one is left alone`() throws {
        let pipe = try OutputPipe()
        let other = try OutputPipe()
        let end = try other.openWriteEnd()
        #expect(try OutputPipe.adopt(end, expected: pipe.identity) == nil)
        #expect(try OutputPipe.adopt(try Descriptor.openNull(), expected: pipe.identity) == nil)
    }

    @Test func `a kept notify socket is taken over with the messages that wait in it`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("notify")
        let first = try DatagramSocket(bind: path)
        try ServiceNotifier.sendNotify(state: "READY=1", to: path)
        let taken = try DatagramSocket(adopting: try first.descriptor.duplicate(), path: path)
        let message = try #require(try taken.receive())
        #expect(message.bytes == Array("READY=1".utf8))
        #expect(message.sender.processID == getpid())
        #expect(throws: SystemError.self) {
            try DatagramSocket(adopting: try first.descriptor.duplicate(), path: folder.file("other"))
        }
        #expect(throws: SystemError.self) {
            try DatagramSocket(adopting: try Descriptor.openNull(), path: path)
        }
    }

    @Test func `a listening socket is known by its address`() throws {
        let folder = try ScratchFolder()
        let address = "unix://" + folder.file("app.sock")
        let socket = try ListeningSocket.open(address)
        #expect(SocketIdentity.isListening(socket.rawValue, at: address))
        #expect(!SocketIdentity.isListening(socket.rawValue, at: "unix://" + folder.file("other.sock")))
        #expect(!SocketIdentity.isListening(socket.rawValue, at: "tcp://127.0.0.1:80"))
        #expect(!SocketIdentity.isListening(socket.rawValue, at: "nonsense"))
        let datagrams = try DatagramSocket(bind: folder.file("notify"))
        #expect(!SocketIdentity.isListening(datagrams.rawValue, at: "unix://" + folder.file("notify")))
        #expect(SocketIdentity.datagramPath(of: datagrams.rawValue) == folder.file("notify"))
        #expect(SocketIdentity.datagramPath(of: socket.rawValue) == nil)
    }

    @Test(arguments: ["127.0.0.1", "[::1]"])
    func `a listening socket is known by family, address and port`(_ host: String) throws {
        var found: (Descriptor, UInt16)?
        for port in UInt16(20_000)...20_400 where found == nil {
            if let socket = try? ListeningSocket.open("tcp://\(host):\(port)") { found = (socket, port) }
        }
        let (socket, port) = try #require(found)
        #expect(SocketIdentity.isListening(socket.rawValue, at: "tcp://\(host):\(port)"))
        #expect(!SocketIdentity.isListening(socket.rawValue, at: "tcp://\(host):\(port + 1)"))
        #expect(!SocketIdentity.isListening(socket.rawValue, at: "tcp://0.0.0.0:\(port)"))
        #expect(!SocketIdentity.isListening(socket.rawValue, at: "tcp://[::]:\(port)"))
    }
}
