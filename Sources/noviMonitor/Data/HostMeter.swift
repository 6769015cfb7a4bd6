import LinuxSystem
import LogFiles

/// Measures the machine from one look to the next.
struct HostMeter {
    private let folder: String
    private var last: HostStatistics?

    /// - Parameter folder: Whose disk is told: that of the logs.
    init(folder: String) {
        self.folder = folder
    }

    /// The figures now; that of the processors from the second look on.
    mutating func measure() -> HostFigures {
        let now = HostStatistics.now()
        let cpu = now.flatMap { now in last.flatMap { now.processorPercent(since: $0) } }
        last = now
        let room = LogKeeper.room(of: folder)
        return HostFigures(
            cpuPercent: cpu,
            memoryPercent: now?.memoryPercent,
            memoryBytes: now?.memoryBytes,
            diskPercent: room.flatMap { room in
                room.total > 0 ? Double(room.total - room.free) * 100 / Double(room.total) : nil
            },
            diskFreeBytes: room?.free,
            diskFolder: folder
        )
    }
}
