import CSystemd

/// Gives memory back when the supervisor asks: caches go, history shrinks, malloc returns free pages (row A81).
///
/// Only under pressure, never by the clock: a sweep every half hour would leave every cache cold at once.
public actor MemoryCleanup {
    /// Frees what can be made again.
    public typealias Hook = @Sendable () async -> Void

    private var hooks: [Hook] = []

    /// Makes a cleanup without hooks.
    public init() {}

    /// Adds something that can be freed; hooks run in the order of their registration.
    public func register(_ hook: @escaping Hook) {
        hooks.append(hook)
    }

    /// Runs the hooks, returns free pages to the kernel (malloc_trim(3)) and measures before and after.
    public func run() async -> (before: MemoryFigures, after: MemoryFigures) {
        let before = MemoryFigures.now()
        for hook in hooks { await hook() }
        malloc_trim(0)
        return (before, MemoryFigures.now())
    }
}
