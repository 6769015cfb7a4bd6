import Glibc
import LinuxSystem
import Testing

@Suite struct SocketTests {
    @Test func `both ends of a stream know each other`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("control.sock")
        let listener = try UnixSocket.listen(path)
        #expect(try FileStatus(path: path).mode == 0o600)
        #expect(try UnixSocket.accept(listener.rawValue) == nil)
        let client = try UnixSocket.connect(path, timeoutMilliseconds: 1000)
        let (server, peer) = try #require(try UnixSocket.accept(listener.rawValue))
        #expect(peer.processID == getpid())
        #expect(peer.userID == geteuid())
        #expect(try UnixSocket.peerCredentials(of: client.rawValue).processID == getpid())
        try client.writeAll(Array("hello".utf8))
        #expect(try server.read(upTo: 100) == Array("hello".utf8))
        #expect(try server.read(upTo: 100) == nil)
        client.close()
        #expect(try server.read(upTo: 100) == [])
    }

    @Test(.timeLimit(.minutes(1)))
    func `who listens and does not accept holds nobody up that does not wait`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("busy.sock")
        let listener = try UnixSocket.listen(path)
        try #require(listen(listener.rawValue, 1) == 0)
        var waiting: [Descriptor] = []
        let error = #expect(throws: SystemError.self) {
            // Each is held, so that its place is not free again.
            for _ in 0..<10 { waiting.append(try UnixSocket.connect(path, nonBlocking: true)) }
        }
        #expect(error?.errorNumber == ETIMEDOUT)
        #expect(!waiting.isEmpty)
    }

    @Test func `a socket left by the dead is replaced, any other file is not`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("s")
        try UnixSocket.listen(path).close()
        #expect(throws: SystemError("connect to", ECONNREFUSED, path)) { try UnixSocket.connect(path) }
        _ = try UnixSocket.listen(path)
        let other = folder.file("precious")
        try AtomicFile.replace(other, [1], durable: false)
        #expect(throws: SystemError.self) { try UnixSocket.listen(other) }
        #expect(try FileContents.read(other, limit: 10) == [1])
    }

    @Test func `a path of 107 bytes is taken and one of 108 is refused with a hint`() throws {
        let folder = try ScratchFolder()
        let filler = String(repeating: "x", count: 107 - folder.path.utf8.count - 1)
        _ = try UnixSocket.listen(folder.file(filler))
        let error = #expect(throws: SystemError.self) { try UnixSocket.listen(folder.file(filler + "x")) }
        #expect(error?.errorNumber == ENAMETOOLONG)
        #expect(error?.hint != nil)
    }

    @Test func `a datagram names its sender and its descriptors are closed`() throws {
        let folder = try ScratchFolder()
        let socket = try DatagramSocket(bind: folder.file("notify"))
        #expect(try socket.receive() == nil)
        let child = try ChildProcess.spawn(
            Child.plan(["notify", "READY=1", "STATUS=up"], environment: ["NOTIFY_SOCKET=\(socket.path)"])
        )
        defer { Child.kill(child) }
        try waitUntilReadable(socket.rawValue)
        let message = try #require(try socket.receive())
        #expect(message.bytes == Array("READY=1\nSTATUS=up".utf8))
        #expect(message.sender.processID == child.pid)
        #expect(message.sender.userID == geteuid())
        #expect(message.closedDescriptors == 0)
        #expect(!message.isTruncated)

        let pipe = try OutputPipe()
        let barrier = try pipe.openWriteEnd()
        try send(descriptor: barrier.rawValue, to: socket.path)
        let before = try openPipeEnds(pipe)
        let second = try #require(try socket.receive())
        #expect(second.closedDescriptors == 1)
        #expect(try openPipeEnds(pipe) == before)
    }

    @Test func `a datagram that is too long is marked`() throws {
        let folder = try ScratchFolder()
        let socket = try DatagramSocket(bind: folder.file("notify"))
        let text = String(repeating: "x", count: Limits.datagramBytes + 1)
        #expect(try ServiceNotifier.sendNotify(state: text, to: socket.path))
        #expect(try socket.receive()?.isTruncated == true)
    }

    @Test func `an abstract address takes notifications, too`() throws {
        let socket = try DatagramSocket(bind: "@novi-test-\(getpid())")
        try ServiceNotifier.sendNotify(state: "READY=1", to: socket.path)
        #expect(try socket.receive()?.bytes == Array("READY=1".utf8))
    }

    @Test func `a child serves the socket that we opened`() throws {
        let folder = try ScratchFolder()
        let socket = try DatagramSocket(bind: folder.file("notify"))
        let listener = try ListeningSocket.open("unix://\(folder.file("app"))")
        var plan = Child.plan(
            ["listen-echo"],
            environment: ["LISTEN_FDS=1", "LISTEN_PID=0", "NOTIFY_SOCKET=\(socket.path)"]
        )
        plan.descriptors.append(listener.rawValue)
        plan.listenPIDPatch = true
        let child = try ChildProcess.spawn(plan)
        defer { Child.kill(child) }
        let client = try UnixSocket.connect(folder.file("app"), timeoutMilliseconds: 1000)
        #expect(try client.read(upTo: 100) == Array("\(child.pid)\n".utf8))
    }

    @Test(
        arguments: [
            "tcp://localhost:80", "tcp://127.0.0.1", "tcp://127.0.0.1:65536", "tcp://::1:80", "127.0.0.1:80",
            "unix://relative", "tcp://:80", "",
        ]
    )
    func `an address that is not numeric is refused with a hint`(address: String) {
        let error = #expect(throws: SystemError.self) { try ListeningSocket.open(address) }
        #expect(error?.hint != nil)
    }

    @Test(arguments: ["tcp://127.0.0.1:0", "tcp://[::1]:0"]) func `a numeric address listens`(
        address: String
    ) throws {
        var isListening: Int32 = 0
        var size = socklen_t(4)
        let socket = try ListeningSocket.open(address)
        getsockopt(socket.rawValue, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size)
        #expect(isListening == 1)
    }

    /// How many descriptors of this process are a pipe.
    private func openPipeEnds(_ pipe: OutputPipe) throws -> Int {
        let proc = try ProcFilesystem()
        return (proc.descriptorNumbers(of: getpid()) ?? []).filter {
            (try? FileStatus(descriptor: $0).identity) == pipe.identity
        }.count
    }

    /// Sends `BARRIER=1` with a descriptor (SCM_RIGHTS; cmsg(3)).
    private func send(descriptor: Int32, to path: String) throws {
        let fd = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(fd) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        var control: (UInt64, Int32, Int32, Int32, Int32) = (20, SOL_SOCKET, 1, descriptor, 0)
        var text = Array("BARRIER=1".utf8)
        let count = text.withUnsafeMutableBytes { text in
            withUnsafeMutablePointer(to: &address) { address in
                withUnsafeMutablePointer(to: &control) { control in
                    var vector = iovec(iov_base: text.baseAddress, iov_len: text.count)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var message = msghdr()
                        message.msg_name = UnsafeMutableRawPointer(address)
                        message.msg_namelen = socklen_t(MemoryLayout<sockaddr_un>.size)
                        message.msg_iov = vector
                        message.msg_iovlen = 1
                        message.msg_control = UnsafeMutableRawPointer(control)
                        message.msg_controllen = 24
                        return sendmsg(fd, &message, 0)
                    }
                }
            }
        }
        try #require(count == 9)
    }
}
