import CSupervisorShims
import Glibc

/// How a process ended (waitid(2)).
public enum WaitStatus: Hashable, Sendable {
    /// It returned or called exit with this code.
    case exited(Int32)
    /// A signal ended it.
    case signaled(Int32, coreDumped: Bool)

    /// Reads a status of wait(2).
    public init(waitStatus: Int32) {
        var exit = novi_exit()
        novi_split_wait_status(waitStatus, &exit)
        self.init(exit)
    }

    /// Reads a filled record.
    init(_ exit: novi_exit) {
        switch exit.code {
        case Int32(CLD_EXITED): self = .exited(exit.status)
        default: self = .signaled(exit.status, coreDumped: exit.code == Int32(CLD_DUMPED))
        }
    }
}

/// What a process and its reaped children used.
public struct ResourceUsage: Hashable, Sendable {
    /// Time in the program, in nanoseconds.
    public var userNanoseconds: Int64
    /// Time in the kernel, in nanoseconds.
    public var systemNanoseconds: Int64
    /// The largest resident set, in bytes; starts at its parent's size at the spawn, so small ones say little.
    public var maximumResidentBytes: Int64

    /// Reads the kernel's record.
    init(_ usage: novi_usage) {
        userNanoseconds = usage.user_nanoseconds
        systemNanoseconds = usage.system_nanoseconds
        maximumResidentBytes = usage.maximum_resident_bytes
    }
}
