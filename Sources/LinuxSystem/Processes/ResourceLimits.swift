import CSupervisorShims
import Glibc

/// A resource that the kernel limits per process, by its number on x86-64 and arm64 (getrlimit(2)).
public enum Resource: Int32, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// Processor time, in seconds.
    case cpu = 0
    /// The size of a file that is written, in bytes.
    case fileSize = 1
    /// Data segment and heap, in bytes.
    case data = 2
    /// The main thread's stack, in bytes.
    case stack = 3
    /// The size of a core dump, in bytes.
    case core = 4
    /// Resident memory, in bytes; without effect on Linux.
    case residentSet = 5
    /// Processes and threads of the user.
    case processes = 6
    /// Open descriptors.
    case openFiles = 7
    /// Memory locked in place, in bytes.
    case lockedMemory = 8
    /// Address space, in bytes.
    case addressSpace = 9

    /// The kernel's name, such as `RLIMIT_NOFILE`.
    public var description: String {
        switch self {
        case .cpu: "RLIMIT_CPU"
        case .fileSize: "RLIMIT_FSIZE"
        case .data: "RLIMIT_DATA"
        case .stack: "RLIMIT_STACK"
        case .core: "RLIMIT_CORE"
        case .residentSet: "RLIMIT_RSS"
        case .processes: "RLIMIT_NPROC"
        case .openFiles: "RLIMIT_NOFILE"
        case .lockedMemory: "RLIMIT_MEMLOCK"
        case .addressSpace: "RLIMIT_AS"
        }
    }
}

/// The limits of this process.
public enum ResourceLimits {
    /// No limit.
    public static let infinity = UInt64.max

    /// A limit of this process.
    ///
    /// - Throws: `SystemError` (getrlimit(2)).
    public static func current(_ resource: Resource) throws(SystemError) -> SpawnPlan.ResourceLimit {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        try SystemCall.check("read limit", "\(resource)") {
            novi_get_resource_limit(resource.rawValue, &soft, &hard)
        }
        return SpawnPlan.ResourceLimit(resource, soft: soft, hard: hard)
    }

    /// Changes a limit of this process.
    ///
    /// - Parameter limit: The new values; raising the hard one takes privilege.
    /// - Throws: `SystemError` (setrlimit(2)).
    public static func set(_ limit: SpawnPlan.ResourceLimit) throws(SystemError) {
        try SystemCall.check("set limit", "\(limit.resource)") {
            novi_set_resource_limit(limit.resource.rawValue, limit.soft, limit.hard)
        }
    }
}
