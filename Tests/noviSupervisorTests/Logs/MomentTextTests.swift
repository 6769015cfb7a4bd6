import LinuxSystem
import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct MomentTextTests {
    /// 2026-11-24T12:30:15Z.
    private static let now: Int64 = 1_795_523_415_000_000_000
    private static let second: Int64 = 1_000_000_000

    @Test(arguments: [
        ("now", 0), ("10m", 600), ("-10m", 600), ("2h ago", 7200), ("1h30m", 5400), ("3 days ago", 259_200),
        ("1w", 604_800), ("90s", 90), ("1 hour 5 min ago", 3900),
    ])
    func `spans count back from now`(text: String, seconds: Int64) {
        #expect(MomentText.nanoseconds(text, now: Self.now) == Self.now - seconds * Self.second)
    }

    @Test(arguments: [
        ("2026-11-24T12:30:15Z", 0), ("2026-11-24T14:30:15+02:00", 0), ("2026-11-24 07:00:15-0530", 0),
        ("2026-11-24T12:30Z", -15), ("@1795523415", 0), ("2027-01-01T00:00:00Z", 3_238_185),
    ])
    func `moments with an offset are the same everywhere`(text: String, seconds: Int64) {
        #expect(MomentText.nanoseconds(text, now: Self.now) == Self.now + seconds * Self.second)
    }

    @Test func `parts of a second count`() {
        let moment = MomentText.nanoseconds("2026-11-24T12:30:15.250Z", now: Self.now)
        #expect(moment == Self.now + Self.second / 4)
    }

    @Test(arguments: [
        "2026-11-24", "2026-11-24 12:30", "2026-11-24 12:30:15", "12:30", "12:30:15", "today", "yesterday",
        "2026-03-29 02:30",
    ])
    func `local times read back as they are written`(text: String) throws {
        let moment = try #require(MomentText.nanoseconds(text, now: Self.now))
        let time = try #require(Clocks.localTime(of: moment))
        #expect(Clocks.nanoseconds(ofLocal: time) == moment)
        if text.contains("12:30") { #expect(time.hour == 12 && time.minute == 30) }
        if text.hasPrefix("2026-11-24") { #expect(time.day == 24 && time.month == 11) }
        if text == "today" || text == "yesterday" { #expect(time.hour == 0 && time.minute == 0) }
    }

    @Test(arguments: [
        "", "x", "10", "10x", "m", "2026-13-01", "2026-11-24X", "25:00", "12:60", "12:30:15Z", "@", "@x",
        "2026-11-24 12", "ago", "-", "99999999999999999999d", "2026-11-24T12:30:15+2",
    ])
    func `what is no time is refused`(text: String) {
        #expect(MomentText.nanoseconds(text, now: Self.now) == nil)
    }
}
