import Glibc

/// A blocking HTTP/1.1 client that tells every fault of the connection; used by one thread at a time.
final class HTTPConnection: @unchecked Sendable {
    /// An answer.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Connects to a local TCP port.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw TestFailure("connect: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// Sends bytes as they are.
    func send(_ text: String) throws {
        try send(bytes: Array(text.utf8))
    }

    /// Sends bytes that need not be text.
    func send(bytes: [UInt8]) throws {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw TestFailure("send: \(String(cString: strerror(errno)))")
        }
    }

    /// Asks and reads the whole answer.
    func request(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: String? = nil
    ) throws -> Answer {
        var fields = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        if let body { fields += "Content-Length: \(body.utf8.count)\r\n" }
        try send("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\(body ?? "")")
        return try answer(hasBody: method != "HEAD")
    }

    /// Reads one answer.
    func answer(hasBody: Bool = true) throws -> Answer {
        let separator = Array("\r\n\r\n".utf8)
        while buffer.firstRange(of: separator) == nil { try receive() }
        guard let end = buffer.firstRange(of: separator) else { throw TestFailure("no answer") }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        buffer.removeSubrange(..<end.upperBound)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description }
        }
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, let status = Int(words[1]) else {
            throw TestFailure("no status line: \(lines)")
        }
        if hasBody, headers["transfer-encoding"] == "chunked" {
            return Answer(status: status, headers: headers, body: try chunks())
        }
        let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
        while buffer.count < length { try receive() }
        defer { buffer.removeSubrange(..<length) }
        return Answer(
            status: status,
            headers: headers,
            body: String(decoding: buffer[..<length], as: UTF8.self)
        )
    }

    /// Reads a chunked body (RFC 9112).
    private func chunks() throws -> String {
        let lineEnd = Array("\r\n".utf8)
        var body: [UInt8] = []
        while true {
            while buffer.firstRange(of: lineEnd) == nil { try receive() }
            guard let end = buffer.firstRange(of: lineEnd),
                let size = Int(String(decoding: buffer[..<end.lowerBound], as: UTF8.self), radix: 16)
            else { throw TestFailure("no chunk") }
            buffer.removeSubrange(..<end.upperBound)
            while buffer.count < size + 2 { try receive() }
            body += buffer[..<size]
            buffer.removeSubrange(..<(size + 2))
            if size == 0 { return String(decoding: body, as: UTF8.self) }
        }
    }

    /// Reads until the peer closes; returns whether it did so properly.
    func isClosedByPeer() -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 0
    }

    /// Reads until the peer ends the connection, properly or not; returns whether it did within the socket's minute.
    func isCutOff() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN && errno != EWOULDBLOCK }
        }
    }

    private func receive() throws {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else {
            throw TestFailure(
                count == 0 ? "closed without an answer" : "recv: \(String(cString: strerror(errno)))"
            )
        }
        buffer.append(contentsOf: chunk[..<count])
    }
}

/// A listening TCP socket on a port that the kernel chose.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 512) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard status else { throw TestFailure("cannot listen") }
    }

    deinit { close(descriptor) }
}

/// Asks once over a connection of its own.
func get(
    _ path: String,
    port: UInt16,
    method: String = "GET",
    headers: [String: String] = [:]
) async throws
    -> HTTPConnection.Answer
{
    try await blocking { try HTTPConnection(port: port).request(method, path, headers: headers) }
}
