/// Processor time and memory of the whole machine, as proc(5) counts them.
public struct HostStatistics: Hashable, Sendable {
    /// Ticks that the processors worked since boot, all together.
    public var busyTicks: UInt64
    /// Ticks that went by since boot, those of all processors together.
    public var totalTicks: UInt64
    /// Memory that there is, in bytes.
    public var memoryBytes: Int64
    /// Memory that could be had without swapping, in bytes.
    public var availableBytes: Int64

    /// Makes figures.
    public init(busyTicks: UInt64, totalTicks: UInt64, memoryBytes: Int64, availableBytes: Int64) {
        self.busyTicks = busyTicks
        self.totalTicks = totalTicks
        self.memoryBytes = memoryBytes
        self.availableBytes = availableBytes
    }

    /// Reads the texts of `/proc/stat` and `/proc/meminfo`; `nil` when something is missing in them.
    public init?(stat: String, meminfo: String) {
        let ticks = stat.prefix { $0 != "\n" }.split(separator: " ").dropFirst().compactMap { UInt64($0) }
        // user nice system idle iowait irq softirq steal; what guests got is in user already.
        guard stat.hasPrefix("cpu "), ticks.count >= 4 else { return nil }
        let counted = ticks.prefix(8)
        totalTicks = counted.reduce(0, &+)
        busyTicks = totalTicks &- ticks[3] &- (ticks.count > 4 ? ticks[4] : 0)
        guard let total = Self.kilobytes("MemTotal:", meminfo),
            let available = Self.kilobytes("MemAvailable:", meminfo)
        else { return nil }
        memoryBytes = total << 10
        availableBytes = available << 10
    }

    private static func kilobytes(_ name: String, _ text: String) -> Int64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        }
        return nil
    }

    /// The figures now; `nil` when /proc hides them.
    public static func now() -> HostStatistics? {
        guard let stat = try? FileContents.read("/proc/stat", limit: 1 << 20),
            let meminfo = try? FileContents.read("/proc/meminfo", limit: Limits.processFileBytes)
        else { return nil }
        return HostStatistics(
            stat: String(decoding: stat, as: UTF8.self),
            meminfo: String(decoding: meminfo, as: UTF8.self)
        )
    }

    /// How busy the processors were since earlier figures, from 0 to 100; `nil` when no time went by.
    public func processorPercent(since earlier: HostStatistics) -> Double? {
        guard totalTicks > earlier.totalTicks, busyTicks >= earlier.busyTicks else { return nil }
        return min(100, Double(busyTicks - earlier.busyTicks) * 100 / Double(totalTicks - earlier.totalTicks))
    }

    /// How much of the memory is taken, from 0 to 100.
    public var memoryPercent: Double {
        memoryBytes > 0 ? Double(memoryBytes - availableBytes) * 100 / Double(memoryBytes) : 0
    }
}
