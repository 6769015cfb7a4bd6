import Testing

@testable import LinuxSystem

/// What the line of /proc/PID/stat tells about a process that ends.
@Suite struct ProcessStatisticsTests {
    private func statistics(
        state: String = "R",
        flags: Int = 0x40_0040,
        pending: Int = 0
    ) throws -> ProcessStatistics {
        let line =
            "7 (a) b) \(state) 1 7 7 0 -1 \(flags) 90 0 0 0 5 6 0 0 20 0 3 0 4711 8000 200 18446744073709551615 1 1 0 0 0 \(pending) 0"
        var text = line
        return try text.withUTF8 {
            try #require(ProcessStatistics(text: UnsafeRawBufferPointer($0), processID: 7))
        }
    }

    @Test func `a process that runs is not ending`() throws {
        let running = try statistics(pending: 1 << 14)
        #expect(!running.isEnding)
        #expect(running.startTicks == 4711)
        #expect(running.threads == 3)
    }

    // Its files and locks are let go by its last thread, after others can see the first of them closed.
    @Test func `one whose SIGKILL waits, or that is on its way out, is ending`() throws {
        #expect(try statistics(pending: 1 << 8 | 1 << 14).isEnding)
        #expect(try statistics(flags: 0x40_0044).isEnding)
        #expect(try statistics(state: "Z").isEnding)
    }
}
