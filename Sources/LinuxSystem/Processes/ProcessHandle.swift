import CSupervisorShims
import Glibc

/// Signals to processes and their ends, by pidfd where there is one: a pidfd can never mean another process.
public enum ProcessHandle {
    /// A process that was reaped.
    public struct Reaped: Hashable, Sendable {
        /// Which one.
        public var processID: Int32
        /// How it ended.
        public var status: WaitStatus
        /// What it used.
        public var usage: ResourceUsage
    }

    /// Opens a pidfd (pidfd_open(2)); compare the start time afterwards, the pid may have been given out again.
    ///
    /// - Parameter pid: A process, of whatever parent.
    /// - Returns: The pidfd, readable when the process has ended.
    /// - Throws: `SystemError`; ESRCH when there is no such process.
    public static func pidfdOpen(_ pid: Int32) throws(SystemError) -> Descriptor {
        Descriptor(try SystemCall.check("open process", "\(pid)") { novi_pidfd_open(pid) })
    }

    /// Which process a pidfd stands for (proc_pid_fdinfo(5)).
    public enum Subject: Hashable, Sendable {
        /// This one; it lives, or is a zombie.
        case process(Int32)
        /// One that has ended and was reaped.
        case reaped
        /// The descriptor is no pidfd, or its process is outside of our view.
        case none
    }

    /// Says which process a descriptor stands for.
    ///
    /// - Parameter pidfd: Any descriptor.
    /// - Returns: The process; of a zombie, too.
    public static func subject(ofPidfd pidfd: Int32) -> Subject {
        guard let text = try? FileContents.read("/proc/self/fdinfo/\(pidfd)", limit: 65_536) else {
            return .none
        }
        for line in text.split(separator: 0x0A) where line.starts(with: Array("Pid:".utf8)) {
            let number = String(decoding: line.dropFirst(4), as: UTF8.self).filter { $0 != "\t" && $0 != " " }
            switch Int32(number) {
            case .some(-1): return .reaped
            case .some(let pid) where pid > 0: return .process(pid)
            default: return .none
            }
        }
        return .none
    }

    /// Whether a process has ended, with all its threads; of whatever parent, reaped or not.
    ///
    /// - Parameter pidfd: The process.
    /// - Returns: `false` also for what is no pidfd.
    public static func hasEnded(pidfd: Int32) -> Bool {
        var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return SystemCall.repeating { poll(&wait, 1, 0) } == 1 && wait.revents & Int16(POLLIN) != 0
    }

    /// Waits for a process that is ending, and may hold its files and locks until its last thread is gone.
    ///
    /// - Parameters:
    ///   - pid: A process, of whatever parent.
    ///   - milliseconds: How long at most.
    /// - Returns: Whether it is gone; at once `false` for one that lives on.
    public static func awaitEnd(ofEnding pid: Int32, milliseconds: Int32) -> Bool {
        let pidfd: Descriptor
        do throws(SystemError) {
            pidfd = try pidfdOpen(pid)
        } catch {
            return error.errorNumber == ESRCH
        }
        if let statistics = (try? ProcFilesystem())?.stat(pid), !statistics.isEnding {
            return hasEnded(pidfd: pidfd.rawValue)
        }
        var wait = pollfd(fd: pidfd.rawValue, events: Int16(POLLIN), revents: 0)
        return SystemCall.repeating { poll(&wait, 1, milliseconds) } == 1
    }

    /// Sends a signal to one process (pidfd_send_signal(2)).
    ///
    /// - Parameters:
    ///   - pidfd: The process.
    ///   - signal: The signal; 0 only asks.
    /// - Throws: `SystemError`; ESRCH when the process has ended and was reaped.
    public static func sendSignal(pidfd: Int32, _ signal: Int32) throws(SystemError) {
        try SystemCall.check("send signal \(signal)") { novi_pidfd_send_signal(pidfd, signal) }
    }

    /// Sends a signal to all processes of a group (killpg(2)).
    ///
    /// - Parameters:
    ///   - group: The group, above 1: 0 and 1 would be ourselves and everybody.
    ///   - signal: The signal; 0 only asks.
    /// - Throws: `SystemError`; ESRCH when the group is empty, EPERM when none of it may be signalled.
    public static func signalGroup(_ group: Int32, _ signal: Int32) throws(SystemError) {
        guard group > 1 else { throw SystemError("send signal \(signal) to group", EINVAL, "\(group)") }
        try SystemCall.check("send signal \(signal) to group", "\(group)") { killpg(group, signal) }
    }

    /// Reads how a child ended and leaves it a zombie, so that its pid and group stay reserved.
    ///
    /// - Parameter pidfd: Our child.
    /// - Returns: How it ended; `nil` while it runs.
    /// - Throws: `SystemError`; ECHILD when it is not our child or was reaped.
    public static func peekExit(pidfd: Int32) throws(SystemError) -> WaitStatus? {
        var exit = novi_exit()
        try SystemCall.check("wait for a process") { novi_wait_pidfd(pidfd, 1, &exit, nil) }
        return exit.pid == 0 ? nil : WaitStatus(exit)
    }

    /// Reaps a child that has ended.
    ///
    /// - Parameter pidfd: Our child.
    /// - Returns: How it ended and what it used; `nil` while it runs.
    /// - Throws: `SystemError`; ECHILD when it is not our child or was reaped.
    public static func reap(pidfd: Int32) throws(SystemError) -> (WaitStatus, ResourceUsage)? {
        var exit = novi_exit()
        var usage = novi_usage()
        try SystemCall.check("wait for a process") { novi_wait_pidfd(pidfd, 0, &exit, &usage) }
        return exit.pid == 0 ? nil : (WaitStatus(exit), ResourceUsage(usage))
    }

    /// Reaps a child that has ended, by its pid; for orphans that came to us.
    ///
    /// - Parameter pid: Our child.
    /// - Returns: How it ended and what it used; `nil` while it runs.
    /// - Throws: `SystemError`; ECHILD when it is not our child.
    public static func reapChild(pid: Int32) throws(SystemError) -> Reaped? {
        guard pid > 0 else { throw SystemError("wait for process", EINVAL, "\(pid)") }
        var exit = novi_exit()
        var usage = novi_usage()
        try SystemCall.check("wait for process", "\(pid)") { novi_wait_pid(pid, 0, &exit, &usage) }
        guard exit.pid != 0 else { return nil }
        return Reaped(processID: exit.pid, status: WaitStatus(exit), usage: ResourceUsage(usage))
    }

    /// Names a child that has ended and waits to be reaped, without reaping it.
    ///
    /// The kernel names the same one until it is reaped: reap it, whether known or an orphan, before asking again.
    ///
    /// - Returns: Its pid and how it ended; `nil` when none has ended or there are no children.
    public static func peekAnyExit() -> (processID: Int32, status: WaitStatus)? {
        var exit = novi_exit()
        guard novi_wait_pid(0, 1, &exit, nil) == 0, exit.pid != 0 else { return nil }
        return (exit.pid, WaitStatus(exit))
    }

    /// Duplicates a descriptor of another process (pidfd_getfd(2)).
    ///
    /// - Parameters:
    ///   - pidfd: The process; debugging it must be allowed (ptrace(2)).
    ///   - descriptor: The number there.
    /// - Returns: The same open file here, closed on exec.
    /// - Throws: `SystemError`.
    public static func duplicateDescriptor(
        pidfd: Int32,
        _ descriptor: Int32
    ) throws(SystemError) -> Descriptor {
        Descriptor(
            try SystemCall.check("duplicate a descriptor of another process") {
                novi_pidfd_duplicate(pidfd, descriptor)
            }
        )
    }

    /// What the kernel remembers of a process that its parent, not we, reaped (M13).
    public enum RememberedExit: Hashable, Sendable {
        /// How it ended.
        case ended(WaitStatus)
        /// It runs, or nobody has reaped it yet.
        case notYet
        /// This kernel does not tell (before Linux 6.15).
        case unsupported
    }

    /// Reads how somebody else's child ended (PIDFD_GET_INFO with PIDFD_INFO_EXIT).
    ///
    /// - Parameter pidfd: The process; opened before it was reaped.
    /// - Returns: What the kernel remembers.
    public static func rememberedExit(pidfd: Int32) -> RememberedExit {
        var status: Int32 = 0
        switch novi_pidfd_exit_status(pidfd, &status) {
        case 1:
            var exit = novi_exit()
            novi_split_wait_status(status, &exit)
            return .ended(WaitStatus(exit))
        case 0: return .notYet
        default: return errno == ESRCH ? .notYet : .unsupported
        }
    }
}
