import Glibc
import LinuxSystem
import Testing

struct JournalSocketTests {
    /// A journal that keeps what it is sent, memory files too.
    private final class Listener {
        let socket: Int32

        init(_ path: String) {
            socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            _ = unlink(path)
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(result == 0)
        }

        deinit { close(socket) }

        /// The next entry; by its descriptor where one came along.
        func receive() -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            var control = [UInt8](repeating: 0, count: 64)
            let capacity = bytes.count
            let controlCapacity = control.count
            let (count, descriptor) = bytes.withUnsafeMutableBytes { buffer in
                control.withUnsafeMutableBytes { controlBuffer -> (Int, Int32?) in
                    var vector = iovec(iov_base: buffer.baseAddress, iov_len: capacity)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var message = msghdr()
                        message.msg_iov = vector
                        message.msg_iovlen = 1
                        message.msg_control = controlBuffer.baseAddress
                        message.msg_controllen = controlCapacity
                        let count = recvmsg(socket, &message, 0)
                        guard message.msg_controllen >= 20 else { return (count, nil) }
                        return (count, controlBuffer.loadUnaligned(fromByteOffset: 16, as: Int32.self))
                    }
                }
            }
            guard count >= 0 else { return nil }
            guard let descriptor else { return Array(bytes.prefix(count)) }
            let file = Descriptor(descriptor)
            #expect(count == 0)
            // F_GET_SEALS: seal, shrink, grow, write.
            #expect(fcntl(descriptor, 1034) == 0xF)
            lseek(descriptor, 0, SEEK_SET)
            return try? file.readAll(upTo: 64 << 20)
        }
    }

    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test func `an entry arrives as one datagram`() {
        let listener = Listener("\(folder.path)/socket")
        let journal = JournalSocket(path: "\(folder.path)/socket")
        #expect(journal.send(Array("MESSAGE=x\n".utf8)) == .sent)
        #expect(listener.receive() == Array("MESSAGE=x\n".utf8))
    }

    @Test func `an entry that is too long for a datagram goes as a sealed file`() {
        let listener = Listener("\(folder.path)/socket")
        let journal = JournalSocket(path: "\(folder.path)/socket")
        let entry = (0..<20 << 20).map { UInt8(truncatingIfNeeded: $0) }
        #expect(journal.send(entry) == .sent)
        #expect(listener.receive() == entry)
    }

    @Test func `a queue that is full says so and takes the entry later`() {
        let listener = Listener("\(folder.path)/socket")
        let journal = JournalSocket(path: "\(folder.path)/socket")
        var sent = 0
        while journal.send(Array("MESSAGE=\(sent)\n".utf8)) == .sent, sent < 100_000 { sent += 1 }
        #expect(sent < 100_000)
        #expect(journal.send([]) == .full)
        #expect(listener.receive() == Array("MESSAGE=0\n".utf8))
        #expect(journal.send(Array("MESSAGE=\(sent)\n".utf8)) == .sent)
        for number in 1...sent {
            #expect(listener.receive() == Array("MESSAGE=\(number)\n".utf8))
        }
        #expect(listener.receive() == nil)
    }

    @Test func `a journal that is absent is looked for again with the next entry after a second`() {
        let path = "\(folder.path)/socket"
        let journal = JournalSocket(path: path)
        #expect(journal.send([0x0A], now: 1_000_000_000) == .absent)
        #expect(journal.retryNanosecondsSinceBoot == 2_000_000_000)
        #expect(journal.isAbsent(now: 1_999_999_999))
        #expect(!journal.isAbsent(now: 2_000_000_000))
        let listener = Listener(path)
        #expect(journal.send([0x0A], now: 1_999_999_999) == .absent)
        #expect(journal.send([0x41], now: 2_000_000_000) == .sent)
        #expect(listener.receive() == [0x41])
    }

    @Test func `a journal that was restarted gets the entry at once`() {
        let path = "\(folder.path)/socket"
        let journal = JournalSocket(path: path)
        do {
            let listener = Listener(path)
            #expect(journal.send([0x41], now: 0) == .sent)
            #expect(listener.receive() == [0x41])
        }
        #expect(journal.send([0x42], now: 0) == .absent)
        let listener = Listener(path)
        #expect(journal.send([0x42], now: 1_000_000_000) == .sent)
        _ = listener.receive()
        let second = Listener(path)
        #expect(journal.send([0x43], now: 1_000_000_000) == .sent)
        _ = second
    }
}
