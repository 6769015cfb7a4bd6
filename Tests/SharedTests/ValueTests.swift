import Shared
import Testing

@Suite struct ValueTests {
    // MARK: - Names

    @Test(arguments: ["a", "api", "Api-2", "a.b_c", "7", String(repeating: "a", count: 64)])
    func `an app name is accepted`(text: String) {
        #expect(AppName(text)?.rawValue == text)
    }

    @Test(arguments: [
        "", "-a", ".a", "_a", "a b", "a:b", "a/b", "ä", "a\n", "a\0", "*", String(repeating: "a", count: 65),
    ])
    func `an app name is refused`(text: String) {
        #expect(AppName(text) == nil)
    }

    @Test(arguments: [("api", 0), ("api:1", 1), ("api:12", 12)])
    func `a process name is read as it is written`(text: String, instance: Int) {
        #expect(ProcessName(text)?.instance == instance)
        #expect(ProcessName(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", "api:", "api:-1", "api:01", "api:+1", "api:1:2", "api: 1", "api:99999999999999999999",
    ])
    func `a process name is refused`(text: String) {
        #expect(ProcessName(text) == nil)
    }

    @Test func `process names sort by app, then by number`() {
        let names = ["b", "a:10", "a:2", "a"].compactMap { ProcessName($0) }
        #expect(names.sorted().map(\.description) == ["a", "a:2", "a:10", "b"])
    }

    // MARK: - Runs and signals

    @Test(arguments: [0, 1, 255, UInt64.max])
    func `a run is written with sixteen digits and read again`(number: UInt64) {
        let run = RunID(rawValue: number)
        #expect(run.description.utf8.count == 16)
        #expect(RunID(run.description) == run)
    }

    @Test(arguments: [
        "", "1", "00000000000000000", "000000000000000g", "+000000000000001", "-000000000000001",
    ])
    func `a run is refused`(text: String) {
        #expect(RunID(text) == nil)
    }

    @Test(arguments: [("TERM", 15), ("SIGTERM", 15), ("sigkill", 9), ("15", 15), ("HUP", 1), ("64", 64)])
    func `a signal is read by name and number`(text: String, number: Int32) {
        #expect(UnixSignal(text)?.rawValue == number)
    }

    @Test(arguments: ["", "SIG", "0", "65", "-1", "TERMINATE", "SIGSIGTERM", " 15"])
    func `a signal is refused`(text: String) {
        #expect(UnixSignal(text) == nil)
    }

    @Test(arguments: 1...64)
    func `every signal has a name`(number: Int32) {
        let name = UnixSignal(rawValue: number)?.description ?? ""
        #expect(name.hasPrefix("SIG"))
        if number < 32 {
            #expect(UnixSignal(name)?.rawValue == number)
        }
    }

    @Test func `exit code and signal are never one number`() {
        #expect(ProcessExit.exited(code: 9) != .signaled(.kill, coreDumped: false))
        #expect("\(ProcessExit.exited(code: 3))" == "exit code 3")
        #expect("\(ProcessExit.signaled(.segmentationFault, coreDumped: true))" == "SIGSEGV (core dumped)")
        #expect(!ProcessExit.signaled(.terminate, coreDumped: false).isSuccess)
        #expect(!ProcessExit.unknown.isSuccess)
    }

    // MARK: - Amounts

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"),
        (851_968_000, "812.5 MiB"), (1 << 30, "1.0 GiB"), (Int64.max, "8589934591.9 GiB"),
    ])
    func `bytes are written with one digit`(bytes: Int64, text: String) {
        #expect("\(ByteCount(bytes))" == text)
    }

    @Test(arguments: [
        (Duration.zero, "0 ms"), (.milliseconds(12), "12 ms"), (.milliseconds(999), "999 ms"),
        (.milliseconds(1000), "1 s"), (.milliseconds(3450), "3.4 s"), (.seconds(60), "1 min"),
        (.seconds(125), "2 min 5 s"), (.seconds(3600), "1 h"), (.seconds(11_520), "3 h 12 min"),
        (.seconds(86_400 * 5 + 7200), "5 d 2 h"), (.seconds(-5), "0 ms"),
    ])
    func `durations are written with two units at the most`(duration: Duration, text: String) {
        #expect(duration.shortText == text)
    }

    @Test func `instants saturate instead of overflowing`() {
        let late = MonotonicInstant(nanoseconds: .max - 5)
        #expect((late + .seconds(10)).nanoseconds == .max)
        #expect((MonotonicInstant.zero + .seconds(Int64.max)).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
        #expect((MonotonicInstant.zero + .seconds(2)) - .zero == .seconds(2))
    }
}
