import Dispatch
import Glibc
import Synchronization

/// A datagram socket as the supervisor has one for each run; keeps what it received.
final class NotifySocket: Sendable {
    let path: String

    private let descriptor: Int32
    private let received = Mutex<[String]>([])

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = try unixAddress(path)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0, chmod(path, 0o777) == 0 else { throw TestFailure("cannot bind \(path)") }
    }

    deinit { close(descriptor) }

    /// All datagrams so far.
    var datagrams: [String] {
        received.withLock { received in
            var buffer = [UInt8](repeating: 0, count: 8192)
            while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count >= 0 {
                received.append(String(decoding: buffer[..<count], as: UTF8.self))
            }
            return received
        }
    }

    /// All lines of all datagrams so far.
    var messages: [String] { datagrams.flatMap { $0.split(separator: "\n").map(String.init) } }

    /// Forgets what was received.
    func forget() {
        _ = datagrams
        received.withLock { $0 = [] }
    }
}

/// The address of a Unix socket.
func unixAddress(_ path: String) throws -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
        throw TestFailure("\(path) is too long")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return address
}

/// Runs blocking work on a thread of its own; the shared pool has no more threads than the machine has cores.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "blocking work of a test").async {
            continuation.resume(with: Result(catching: work))
        }
    }
}
