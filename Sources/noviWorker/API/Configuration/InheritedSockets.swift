import Glibc
import WorkerSupport

/// Listening sockets that the supervisor opened and handed over (LISTEN_FDS, sd_listen_fds(3)).
enum InheritedSockets {
    /// The first handed over descriptor.
    private static let first: Int32 = 3

    /// Reads the variables, then removes them and closes the sockets to programs that we start.
    ///
    /// - Parameter reader: The variables; collects the problems.
    /// - Returns: The descriptors; empty when there are none for this process.
    static func take(_ reader: inout VariableReader) -> [Int32] {
        guard let count = reader.number("LISTEN_FDS", in: 0...256), count > 0 else { return [] }
        if let owner = reader.number("LISTEN_PID", in: 1...Int64(Int32.max)), owner != Int64(getpid()) {
            return []
        }
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { unsetenv(name) }
        let descriptors = (first..<first + Int32(count)).map { $0 }
        for descriptor in descriptors {
            var isListening: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            let isSocket = getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0
            guard isSocket, isListening != 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                reader.report("LISTEN_FDS names descriptor \(descriptor), which is no listening socket")
                continue
            }
        }
        return descriptors
    }
}
