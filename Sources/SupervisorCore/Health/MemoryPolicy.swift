public import Shared

/// Limits on the memory of one process (M30; spec rows A1, A2, A81).
///
/// `soft` and `hard` judge the heap that the run reports, or the memory of its tree where it reports none. Above `soft` the
/// run is asked to clean up, at most once in ``cleanupInterval``, and measured again. Above `hard` in ``samplesInARow``
/// samples it is restarted gracefully, at most ``restartsPerHour`` times; after that there is an alert instead.
/// `treeLimit` is PM2's `max_memory_restart` and judges the tree alone.
public struct MemoryPolicy: Hashable, Sendable {
    /// Above this the run is asked to clean up; `nil` for never.
    public var soft: ByteCount?
    /// Above this the run is restarted; `nil` for never.
    public var hard: ByteCount?
    /// Above this the tree is restarted; `nil` for never.
    public var treeLimit: ByteCount?
    /// How many memory restarts an hour may see.
    public var restartsPerHour = 2

    /// The time between two samples while a limit is set (`memory.interval`).
    public var sampleInterval: Duration = .seconds(5)

    /// The shortest time between two requests to clean up.
    public static let cleanupInterval: Duration = .seconds(300)
    /// How many samples in a row must be above a limit.
    public static let samplesInARow = 3

    /// Makes a policy without limits.
    public init() {}

    /// Whether any limit is set, so that samples are needed.
    public var isActive: Bool { soft != nil || hard != nil || treeLimit != nil }
}
