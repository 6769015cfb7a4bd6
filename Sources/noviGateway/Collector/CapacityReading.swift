import Observation
import Shared

/// What everything took over the last days, beside what it may take; from the history's files.
struct CapacityReading: Sendable {
    let collector: Collector
    let history: HistoryKeeper

    /// How far back it looks unless told otherwise, in days.
    static let usualDays: Int64 = 14

    /// As long as the coarsest ring is.
    static let longestDays: Int64 = 365

    /// The answer of the method `Capacity`.
    func json(days: Int64) async -> JSONObject {
        await collector.freshen()
        let state = await collector.state
        let limits = await collector.memoryLimits
        let end = state.time / 1_000_000_000
        let start = end - days * 86_400
        var processes: [JSONValue] = []
        for process in state.processes {
            let limits = limits[process.name] ?? MemoryLimits()
            if let one = await json(process.name, limits, days, end) { processes.append(one) }
        }
        let host = await json(Collector.hostName, MemoryLimits(tree: state.host.memoryBytes), days, end)
        return [
            "from": .integer(start), "to": .integer(end), "host": host ?? .null,
            "processors": .integer(Int64(state.host.processors)),
            "disk_bytes": .integer(state.host.diskBytes),
            "disk_available_bytes": .integer(state.host.diskAvailableBytes),
            "processes": .array(processes),
        ]
    }

    private func json(
        _ process: String,
        _ limits: MemoryLimits,
        _ days: Int64,
        _ end: Int64
    ) async
        -> JSONValue?
    {
        func points(_ metric: HistoryMetric) async -> [HistoryPoint] {
            await history.series(
                metric,
                process: process,
                days <= 2 ? .minute : .hour,
                from: end - days * 86_400,
                to: end
            )
        }
        let (cpu, memory, heap) = (await points(.cpu), await points(.memory), await points(.heap))
        guard let since = [cpu, memory].compactMap({ $0.first?.time }).min() else { return nil }
        let usage = (memory: CapacityUsage(memory), heap: CapacityUsage(heap))
        // The supervisor judges the heap where there is one.
        let judged: (limit: Int64, of: String, usage: CapacityUsage?)? =
            if let hard = limits.hard, let heap = usage.heap {
                (hard, "heap", heap)
            } else {
                (limits.hard ?? limits.tree).map { ($0, "memory", usage.memory) }
            }
        let days = judged.flatMap { $0.usage?.daysUntil(Double($0.limit)) }
        return [
            "process": .string(process), "since": .integer(since),
            "cpu": CapacityUsage(cpu).map(Self.json) ?? .null,
            "memory": usage.memory.map(Self.json) ?? .null, "heap": usage.heap.map(Self.json) ?? .null,
            "limit_bytes": .optional(judged?.limit), "limit_of": .optional(judged?.of),
            "days_until_limit": .rounded(days, 1),
        ]
    }

    private static func json(_ usage: CapacityUsage) -> JSONValue {
        [
            "average": .rounded(usage.average, 2), "p95": .rounded(usage.p95, 2),
            "maximum": .rounded(usage.maximum, 2), "last": .rounded(usage.last, 2),
            "growth_per_day": .rounded(usage.growthPerDay, 2),
        ]
    }
}

/// The most memory that a process may take, in bytes; see `MemoryPolicy`.
struct MemoryLimits: Sendable {
    /// Of the heap that it reports, or of the tree where it reports none.
    var hard: Int64?
    /// Of the tree.
    var tree: Int64?

    /// Limits that are known.
    init(hard: Int64? = nil, tree: Int64? = nil) {
        self.hard = hard
        self.tree = tree
    }

    /// Reads a `Description` of com.novi.Supervisor.
    init(_ description: JSONValue) {
        hard = description["memory_limit_bytes"]?.integerValue
        tree = description["memory_tree_limit_bytes"]?.integerValue
    }
}
