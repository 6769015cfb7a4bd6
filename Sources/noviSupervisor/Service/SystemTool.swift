import Glibc
import LinuxSystem
import SupervisorClient

/// Runs a program of the system for its effect.
enum SystemTool {
    /// How it ended and what it said on standard output and error.
    struct Result {
        var status: WaitStatus
        var text: String
        var isSuccess: Bool { status == .exited(0) }
    }

    /// Runs a program found in the usual folders and waits for its end.
    ///
    /// - Parameters:
    ///   - name: Its name, such as `systemctl`.
    ///   - arguments: Its arguments.
    /// - Returns: What came of it; `nil` when it is not installed.
    /// - Throws: ``CommandFailure`` when it cannot be started.
    static func run(_ name: String, _ arguments: [String]) throws(CommandFailure) -> Result? {
        let places = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map { "\($0)/\(name)" }
        guard let program = places.first(where: { FileStatus.exists($0) }) else { return nil }
        do {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw CommandFailure("cannot run \(name): no descriptor is left") }
            let reader = Descriptor(ends[0])
            let writer = Descriptor(ends[1])
            try reader.setCloseOnExec(true)
            let plan = SpawnPlan(
                executable: program,
                arguments: [name] + arguments,
                environment: CurrentProcess.environment() + ["SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"],
                descriptors: [-1, writer.rawValue, writer.rawValue]
            )
            let child = try ChildProcess.spawn(plan)
            writer.close()
            var text: [UInt8] = []
            while text.count < 1 << 20, let bytes = try reader.read(upTo: 65_536), !bytes.isEmpty {
                text += bytes
            }
            var wait = pollfd(fd: child.pidfd.rawValue, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, -1)
            guard let (status, _) = try ProcessHandle.reap(pidfd: child.pidfd.rawValue) else {
                throw CommandFailure("\(name) did not say how it ended")
            }
            return Result(status: status, text: String(decoding: text, as: UTF8.self))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("cannot run \(name): \(error)")
        }
    }
}
