import LinuxSystem
import Testing

@testable import noviSupervisord

@Suite struct JoinableThreadTests {
    @Test func `a sleep of a whole second is one`() {
        let start = Clocks.monotonicNanoseconds()
        JoinableThread.sleep(nanoseconds: 1_000_000_000)
        #expect(Clocks.monotonicNanoseconds() - start >= 1_000_000_000)
    }
}
