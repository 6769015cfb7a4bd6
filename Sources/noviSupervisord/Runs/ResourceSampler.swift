import LinuxSystem
import Shared
import SupervisorCore

/// Reads CPU time and memory of process trees, when somebody asks.
struct ResourceSampler {
    private struct Reading {
        var at: MonotonicInstant
        var cpuNanoseconds: Int64
    }

    private var readings: [RunID: Reading] = [:]

    /// A reading older than this is no base for a present percentage.
    private static let maximumAge: Duration = .seconds(60)
    /// Two readings closer than this give no meaningful percentage.
    private static let minimumAge: Duration = .milliseconds(200)

    /// Sums up a tree.
    ///
    /// CPU is the share of one core since the last reading, at most a minute ago, otherwise since the start of the run.
    mutating func usage(
        of run: LiveRun,
        members: [ProcessStatistics],
        at now: MonotonicInstant
    ) -> ProcessUsage? {
        var cpu: Int64 = 0
        var resident: Int64 = 0
        for member in members {
            cpu += member.processorNanoseconds
            resident += member.residentBytes
        }
        guard !members.isEmpty else { return nil }
        var base = Reading(at: run.startedAt, cpuNanoseconds: 0)
        let previous = readings[run.id]
        if let previous, now - previous.at <= Self.maximumAge, cpu >= previous.cpuNanoseconds {
            base = previous
        }
        let elapsed = max((now - base.at).wholeNanoseconds, 1)
        let percent = Double(cpu - min(cpu, base.cpuNanoseconds)) / Double(elapsed) * 100
        if previous.map({ now - $0.at >= Self.minimumAge }) ?? true {
            readings[run.id] = Reading(at: now, cpuNanoseconds: cpu)
        }
        return ProcessUsage(cpuPercent: percent, memory: ByteCount(resident))
    }

    /// Measures the memory of a tree for the memory policy.
    ///
    /// The sum of resident sizes is cheap and counts shared pages once for each process, so it is only the trigger; above
    /// `limit` the proportional set size is the verdict (M30).
    func memory(
        members: [ProcessStatistics],
        limit: ByteCount?,
        in proc: ProcFilesystem
    ) -> MemorySample? {
        let resident = members.reduce(Int64(0)) { $0 + $1.residentBytes }
        guard resident > 0 else { return nil }
        guard let limit, resident > limit.bytes else {
            return MemorySample(tree: ByteCount(resident))
        }
        let proportional = members.reduce(Int64(0)) { sum, member in
            sum + (proc.proportionalSetSize(member.processID) ?? member.residentBytes)
        }
        return MemorySample(tree: ByteCount(proportional))
    }

    /// Forgets a run.
    mutating func forget(_ run: RunID) {
        readings[run] = nil
    }
}
