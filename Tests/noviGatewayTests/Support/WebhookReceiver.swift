import Foundation
import Synchronization

/// Takes POSTs on loopback and keeps their bodies; or takes connections and says nothing, for ever.
final class WebhookReceiver: Sendable {
    private let listener: Int32
    private let received = Mutex<[String]>([])

    /// Where it listens.
    let url: String

    init(answers: Bool = true) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(fd, generic, size) == 0 && listen(fd, 16) == 0 && getsockname(fd, generic, &size) == 0
            }
        }
        guard isBound else { throw TestFailure("cannot listen: \(errno)") }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/hook"
        // A connection that nobody accepts waits in the kernel, as one to a hung program does.
        if answers { Thread.detachNewThread { [weak self] in Self.serve(fd) { self?.take($0) } } }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The bodies so far.
    var bodies: [String] { received.withLock { $0 } }

    private func take(_ body: String) { received.withLock { $0.append(body) } }

    private static func serve(_ listener: Int32, _ take: (String) -> Void) {
        while true {
            let connection = accept(listener, nil, nil)
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            guard connection >= 0 else { return }
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(connection, &buffer, buffer.count)
                guard count > 0 else { break }
                text += String(decoding: buffer[..<count], as: UTF8.self)
                guard let head = text.range(of: "\r\n\r\n") else { continue }
                let length = text.lowercased().components(separatedBy: "content-length: ").dropFirst().first
                    .flatMap { Int($0.prefix { $0.isNumber }) }
                let body = String(text[head.upperBound...])
                guard body.utf8.count >= length ?? 0 else { continue }
                take(body)
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                _ = write(connection, answer, answer.utf8.count)
                break
            }
            close(connection)
        }
    }
}
