import Glibc
import LinuxSystem

/// Looks at the machine: processors by the difference of two looks, as one look since boot says nothing of now.
struct HostSampler {
    /// What /proc/stat counted up to one moment, in clock ticks.
    struct ProcessorTicks: Equatable {
        /// Everything but idling and waiting for disks.
        var busy: UInt64
        /// Everything.
        var all: UInt64

        /// Reads the first line of /proc/stat (proc_stat(5)); `nil` when it is not one.
        init?(_ text: String) {
            let line = text.prefix { $0 != "\n" }
            let fields = line.split(separator: " ")
            guard fields.first == "cpu", fields.count >= 5 else { return nil }
            // user nice system idle iowait irq softirq steal; guest time is in user already.
            let ticks = fields.dropFirst().prefix(8).compactMap { UInt64($0) }
            guard ticks.count >= 4 else { return nil }
            all = ticks.reduce(0, &+)
            let idle = ticks[3] &+ (ticks.count > 4 ? ticks[4] : 0)
            busy = all &- min(idle, all)
        }

        /// The busy part since another moment, in percent; `nil` when no time passed or the counters went back.
        func percent(since earlier: ProcessorTicks) -> Double? {
            guard all > earlier.all, busy >= earlier.busy else { return nil }
            return min(100, Double(busy - earlier.busy) / Double(all - earlier.all) * 100)
        }
    }

    private let proc: ProcFilesystem?
    private let folder: String
    private var ticks: ProcessorTicks?
    private var percent: Double?

    /// Makes a sampler.
    ///
    /// - Parameter folder: Whose file system is watched.
    init(folder: String) {
        proc = try? ProcFilesystem()
        self.folder = folder
    }

    /// Looks once.
    mutating func sample() -> HostReading {
        var reading = HostReading()
        reading.processors = ProcFilesystem.processorCount()
        if let bytes = try? FileContents.read("/proc/stat", limit: 1 << 20),
            let now = ProcessorTicks(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
        {
            // Two looks within the same tick keep what the last one saw.
            if let earlier = ticks, let new = now.percent(since: earlier) { percent = new }
            ticks = now
            reading.cpuPercent = percent
        }
        if let memory = proc?.hostMemory() {
            reading.memoryBytes = memory.total
            reading.memoryAvailableBytes = memory.available
        }
        var status = statvfs()
        if statvfs(folder, &status) == 0 {
            let block = Int64(status.f_frsize)
            // As df(1): what root alone may take is neither free nor taken.
            reading.diskAvailableBytes = Int64(clamping: status.f_bavail) * block
            reading.diskBytes =
                (Int64(clamping: status.f_blocks) - Int64(clamping: status.f_bfree)) * block
                + reading.diskAvailableBytes
        }
        return reading
    }
}
