import Shared
import Testing

@testable import SupervisorCore
@testable import noviSupervisord

@Suite struct NoticeRateTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private func notice(
        _ milliseconds: Int64,
        _ kind: LifecycleNotice.Kind,
        of app: String
    ) throws
        -> LifecycleNotice
    {
        LifecycleNotice(
            sequence: 1,
            at: Self.start + .milliseconds(milliseconds),
            process: ProcessName(app: try #require(AppName(app)), instance: 0),
            processID: 0,
            run: nil,
            kind: kind
        )
    }

    @Test func `what comes now and then is all written`() throws {
        var rate = NoticeRate()
        for second in Int64(0)..<200 {
            #expect(try rate.admits(notice(second * 100, .registered, of: "a")))
            #expect(rate.deadline == nil)
        }
    }

    @Test func `of a storm the first are written, the rest is one line a second, errors are never held back`()
        throws
    {
        var rate = NoticeRate()
        var written = 0
        for number in Int64(0)..<900 {
            written += try rate.admits(notice(number, .registered, of: "app\(number % 3)")) ? 1 : 0
        }
        #expect(written == NoticeRate.each)
        #expect(try rate.admits(notice(950, .unkillable, of: "a")))
        #expect(rate.deadline == Self.start + .seconds(1))
        #expect(rate.takeSummary(at: Self.start + .milliseconds(999)) == nil)
        let summary = rate.takeSummary(at: Self.start + .seconds(1))
        let line = try #require(summary)
        #expect(line.hasPrefix("850 more notices of 3 processes within 1 s"), "\(line)")
        #expect(rate.deadline == nil)
        #expect(try rate.admits(notice(1001, .registered, of: "a")))
    }
}
