import Glibc
import LinuxSystem

/// What the service manager that started us is told (sd_notify(3)); nothing without one.
final class ServiceState {
    private let socket: String?
    private var lastStatus = ""

    /// Takes `NOTIFY_SOCKET` out of the environment, so that no child inherits it (M25).
    init() {
        socket = CurrentProcess.environmentValue("NOTIFY_SOCKET")
        CurrentProcess.removeEnvironmentValue("NOTIFY_SOCKET")
    }

    /// Sends assignments, one a line.
    func notify(_ state: String) {
        guard let socket else { return }
        _ = try? ServiceNotifier.sendNotify(state: state, to: socket)
    }

    /// Sends the status line when it changed.
    func show(status: @autoclosure () -> String) {
        guard socket != nil else { return }
        let line = status()
        guard line != lastStatus else { return }
        lastStatus = line
        notify("STATUS=\(line)")
    }

    /// The clock of `MONOTONIC_USEC=` (CLOCK_MONOTONIC).
    static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

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
