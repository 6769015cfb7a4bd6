import Glibc

/// An answer.
struct HTTPAnswer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: String
}

/// A blocking HTTP/1.1 client for one request; used by one thread at a time.
final class HTTPConnection: @unchecked Sendable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Connects to a local TCP port.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try begin(status)
    }

    /// Connects to a Unix socket.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try begin(status)
    }

    private func begin(_ status: Int32) throws {
        guard status == 0 else {
            throw TestFailure("connect: \(String(cString: strerror(errno)))")
        }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends a request.
    func send(_ method: String, _ path: String, _ headers: [String: String], _ body: String?) throws {
        let host = headers["Host"] ?? "localhost"
        var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        for (name, value) in headers where name != "Host" { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        let bytes = Array("\(text)\r\n\(body ?? "")".utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw TestFailure("send: \(String(cString: strerror(errno)))")
        }
    }

    /// Reads the whole answer.
    func answer() throws -> HTTPAnswer {
        let (status, headers) = try head()
        var body: [UInt8] = []
        if let length = headers["content-length"].flatMap({ Int($0) }) {
            while buffer.count < length { try receive() }
            body = Array(buffer.prefix(length))
        } else if headers["transfer-encoding"] == "chunked" {
            while let chunk = try chunk() { body += chunk }
        }
        return HTTPAnswer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    /// Reads status and headers.
    func head() throws -> (status: Int, headers: [String: String]) {
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
        guard let words = lines.first?.split(separator: " "), words.count > 1, let status = Int(words[1])
        else { throw TestFailure("no status line: \(lines)") }
        return (status, headers)
    }

    /// Reads one chunk (RFC 9112); `nil` after the last.
    func chunk() throws -> [UInt8]? {
        let lineEnd = Array("\r\n".utf8)
        while buffer.firstRange(of: lineEnd) == nil { try receive() }
        guard let end = buffer.firstRange(of: lineEnd),
            let size = Int(String(decoding: buffer[..<end.lowerBound], as: UTF8.self), radix: 16)
        else { throw TestFailure("no chunk") }
        buffer.removeSubrange(..<end.upperBound)
        while buffer.count < size + 2 { try receive() }
        defer { buffer.removeSubrange(..<(size + 2)) }
        return size == 0 ? nil : Array(buffer[..<size])
    }

    /// Whether the peer has closed the connection, properly or not.
    func isCutOff() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN && errno != EWOULDBLOCK }
        }
    }

    private func receive() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else {
            throw TestFailure(
                count == 0 ? "closed without an answer" : "recv: \(String(cString: strerror(errno)))"
            )
        }
        buffer.append(contentsOf: chunk[..<count])
    }
}
