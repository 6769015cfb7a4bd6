import Glibc

/// Standard input, output and error.
enum StandardDescriptors {
    /// Opens /dev/null where one is closed, so that no file of ours lands there (F46).
    static func openMissing() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Writes a line to standard output.
    static func say(_ line: String) {
        write(line, to: 1)
    }

    /// Writes a line to standard error.
    static func complain(_ line: String) {
        write(line, to: 2)
    }

    private static func write(_ line: String, to descriptor: Int32) {
        writeAll(Array("\(line)\n".utf8), to: descriptor)
    }

    /// Writes everything, or as much as the other side takes.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
