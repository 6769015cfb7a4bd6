import LinuxSystem
import Testing

struct HostStatisticsTests {
    private static let memory = "MemTotal:        1000 kB\nMemFree:          1 kB\nMemAvailable:     250 kB\n"

    private static func figures(_ cpu: String) throws -> HostStatistics {
        try #require(HostStatistics(stat: "cpu  \(cpu)\ncpu0 1 1 1 1\n", meminfo: memory))
    }

    @Test func `idle time and waiting for disks are no work, and guests are not counted twice`() throws {
        let figures = try Self.figures("10 1 2 100 50 3 4 5 7 7")
        #expect(figures.totalTicks == 175)
        #expect(figures.busyTicks == 25)
        #expect(figures.memoryBytes == 1_024_000)
        #expect(figures.memoryPercent == 75)
    }

    @Test func `how busy the processors are is a difference`() throws {
        let before = try Self.figures("10 0 0 90 0 0 0 0")
        let after = try Self.figures("20 0 0 120 0 0 0 0")
        #expect(after.processorPercent(since: before) == 25)
        #expect(after.processorPercent(since: after) == nil)
        #expect(before.processorPercent(since: after) == nil)
    }

    @Test(arguments: [("", memory), ("cpu 1 2", memory), ("cpu 1 2 3 4", ""), ("intr 1", memory)])
    func `texts without the figures give none`(stat: String, meminfo: String) {
        #expect(HostStatistics(stat: stat, meminfo: meminfo) == nil)
    }

    @Test func `this machine has figures`() throws {
        let figures = try #require(HostStatistics.now())
        #expect(figures.totalTicks >= figures.busyTicks)
        #expect(figures.memoryBytes > figures.availableBytes)
    }
}
