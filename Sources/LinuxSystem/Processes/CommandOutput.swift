import CSupervisorShims
import Glibc

/// Runs a small program of the system for what it prints; bounded in time and length.
public enum CommandOutput {
    /// Runs a program by its arguments, without a shell.
    ///
    /// - Parameters:
    ///   - executable: Its path.
    ///   - arguments: Its arguments, without its own name.
    ///   - environment: Variables besides the few that each program gets, `NAME=value`.
    ///   - includesErrors: Whether what it writes to its standard error counts as well.
    ///   - limit: The most bytes of output that are accepted.
    ///   - timeoutMilliseconds: How long it may take; it is killed then.
    /// - Returns: What it printed until it closed its output; `nil` when it could not be started or took too long.
    public static func of(
        _ executable: String,
        _ arguments: [String],
        environment: [String] = [],
        includesErrors: Bool = false,
        limit: Int = 1 << 20,
        timeoutMilliseconds: Int = 2000
    ) -> [UInt8]? {
        var ends: [Int32] = [-1, -1]
        guard novi_pipe(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { return nil }
        let reading = Descriptor(ends[0])
        let writing = Descriptor(ends[1])
        // Only our end: programs do not expect a descriptor that says EAGAIN.
        guard (try? writing.setNonBlocking(false)) != nil else { return nil }
        let plan = SpawnPlan(
            executable: executable,
            arguments: [executable] + arguments,
            environment: ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "SYSTEMD_PAGER="] + environment,
            descriptors: [-1, writing.rawValue, includesErrors ? writing.rawValue : -1]
        )
        guard let child = try? ChildProcess.spawn(plan) else { return nil }
        writing.close()
        let output = read(
            reading,
            limit,
            deadline: Clocks.monotonicNanoseconds() + Int64(timeoutMilliseconds) * 1_000_000
        )
        if output == nil { _ = try? ProcessHandle.sendSignal(pidfd: child.pidfd.rawValue, SIGKILL) }
        // It has closed its output or was killed: a moment at most. Somebody else may reap it; then there is nothing to do.
        wait(child.pidfd, milliseconds: 1000)
        _ = try? ProcessHandle.reap(pidfd: child.pidfd.rawValue)
        return output
    }

    private static func read(_ pipe: Descriptor, _ limit: Int, deadline: Int64) -> [UInt8]? {
        var output: [UInt8] = []
        while true {
            let left = (deadline - Clocks.monotonicNanoseconds()) / 1_000_000
            guard left > 0 else { return nil }
            wait(pipe, milliseconds: Int32(clamping: left))
            guard let bytes = try? pipe.read(upTo: 65_536) else { continue }
            guard !bytes.isEmpty else { return output }
            output += bytes
            guard output.count <= limit else { return nil }
        }
    }

    private static func wait(_ descriptor: Descriptor, milliseconds: Int32) {
        var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, milliseconds)
    }
}
