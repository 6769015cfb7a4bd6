import Shared
import SupervisorCore
import Testing

@Suite struct HumanUnitsTests {
    @Test(arguments: [
        ("0", 0), ("512", 512), ("1k", 1024), ("512K", 524_288), ("300M", 314_572_800),
        ("1.5G", 1_610_612_736),
        ("2GB", 2_147_483_648), ("1MiB", 1_048_576), (" 5 M ", 5_242_880), ("0.1G", 107_374_182),
        ("8388607T", 9_223_370_937_343_148_032),
    ])
    func `sizes count in steps of 1024`(_ text: String, _ bytes: Int64) throws {
        #expect(try HumanUnits.bytes(text) == ByteCount(bytes))
    }

    @Test(arguments: [
        ("1500", 1500), ("500ms", 500), ("5s", 5000), ("1.5s", 1500), ("2m", 120_000), ("1h", 3_600_000),
        ("1d", 86_400_000), ("0", 0), ("10 s", 10_000),
    ])
    func `a time without a unit is milliseconds`(_ text: String, _ milliseconds: Int64) throws {
        #expect(try HumanUnits.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "M", "five", "5x", "1.2.3M", "1.", ".5M", "5 5M", "1e3", "+5", "0x10", "1.1234567M", "٣",
    ])
    func `what is no amount is refused`(_ text: String) {
        #expect(throws: HumanUnits.Failure.malformed) { try HumanUnits.bytes(text) }
        #expect(throws: HumanUnits.Failure.malformed) { try HumanUnits.duration(text) }
    }

    @Test func `amounts that 64 bits cannot count and negative ones are refused`() {
        #expect(throws: HumanUnits.Failure.tooLarge) { try HumanUnits.bytes("9999999999999999999") }
        #expect(throws: HumanUnits.Failure.tooLarge) { try HumanUnits.bytes("8388608T") }
        #expect(throws: HumanUnits.Failure.tooLarge) { try HumanUnits.duration("9223372036854775807h") }
        #expect(throws: HumanUnits.Failure.negative) { try HumanUnits.bytes("-5M") }
        #expect(throws: HumanUnits.Failure.negative) { try HumanUnits.duration("-1s") }
    }

    @Test(arguments: [
        (0, "0"), (500, "500ms"), (1500, "1500ms"), (5000, "5s"), (120_000, "2m"), (7_200_000, "2h"),
    ])
    func `a time is written with the largest whole unit and reads back`(_ value: Int, _ text: String) throws {
        #expect(HumanUnits.text(.milliseconds(value)) == text)
        #expect(try HumanUnits.duration(text) == .milliseconds(value))
    }
}

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("restart_dealy", "restart_delay"), ("scirpt", "script"), ("Script", "script"),
        ("max_memory", "memory"),
        ("intances", "instances"), ("exec_mod", "exec_mode"),
    ])
    func `a slip of the pen finds the name that was meant`(_ text: String, _ name: String) {
        let names =
            ["script", "restart_delay", "instances", "exec_mode", "cwd"] + (name == "memory" ? [] : [name])
        #expect(NearestName.find(text, among: names) == (name == "memory" ? nil : name))
    }

    @Test func `a name that is not near any finds none`() {
        #expect(NearestName.find("zebra", among: ["script", "cwd", "env"]) == nil)
        #expect(NearestName.find("ab", among: ["cd", "xy"]) == nil)
        #expect(NearestName.find("", among: ["script"]) == nil)
        #expect(NearestName.find(String(repeating: "x", count: 1000), among: ["script"]) == nil)
    }

    @Test func `the nearest of several wins, and the first of equals`() {
        #expect(NearestName.find("api2", among: ["apis22", "api1", "api3"]) == "api1")
    }

    @Test func `a suggestion is ready to be put behind a message`() {
        #expect(NearestName.suggestion(for: "ap", among: ["api"]) == " (did you mean \"api\"?)")
        #expect(NearestName.suggestion(for: "zzzzzz", among: ["api"]).isEmpty)
    }
}

@Suite struct ShellWordsTests {
    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), ("", []), ("  ", []),
        ("--name 'a b' \"c d\"", ["--name", "a b", "c d"]),
        ("a\\ b", ["a b"]), ("''", [""]), ("x'y'\"z\"", ["xyz"]), ("\"a\\\"b\\n\"", ["a\"b\\n"]),
        ("'a\\b'", ["a\\b"]), ("ü \t é", ["ü", "é"]),
    ])
    func `a line is split as a shell does`(_ line: String, _ words: [String]) throws {
        #expect(try ShellWords.split(line) == words)
    }

    @Test func `an open quote and a last backslash are refused`() {
        #expect(throws: ShellWords.Failure.unclosedQuote("'")) { try ShellWords.split("a 'b") }
        #expect(throws: ShellWords.Failure.unclosedQuote("\"")) { try ShellWords.split("a \"b\\") }
        #expect(throws: ShellWords.Failure.trailingBackslash) { try ShellWords.split("a \\") }
    }

    @Test(arguments: [
        "a | b", "a && b", "a > f", "echo $HOME", "echo \"$HOME\"", "ls *.js", "A=1 b", "a; b", "`a`",
    ])
    func `a line with pipes, variables or patterns needs a shell`(_ line: String) {
        #expect(ShellWords.needsShell(line))
    }

    @Test(arguments: ["a b c", "a '$HOME | b'", "a --x=1", "a \\$b", "a \"b c\""])
    func `a plain line needs none`(_ line: String) {
        #expect(!ShellWords.needsShell(line))
    }
}

@Suite struct ListenAddressTests {
    @Test(arguments: [
        "tcp://127.0.0.1:3000", "tcp://0.0.0.0:80", "tcp://localhost:3000", "tcp://[::1]:3000",
        "tcp://[::]:1",
        "tcp://[fe80::1:2]:65535", "tcp://[1:2:3:4:5:6:7:8]:9", "tcp://[1::]:9", "unix:///run/a.sock",
    ])
    func `numeric hosts, localhost and absolute paths are addresses`(_ text: String) {
        #expect(ListenAddress.problem(with: text) == nil)
    }

    @Test(arguments: [
        "3000", "127.0.0.1:3000", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536",
        "tcp://:80",
        "tcp://example.org:80", "tcp://1.2.3:80", "tcp://1.2.3.256:80", "tcp://01.2.3.4:80", "tcp://[::1:80",
        "tcp://[:1]:80", "tcp://[1::2::3]:80", "tcp://[1:2:3:4:5:6:7:8:9]:80", "tcp://[12345::]:80",
        "tcp://[]:80",
        "unix://run/a.sock", "unix://", "unix:///", "udp://127.0.0.1:53", "tcp://127.0.0.1:+80",
        "tcp://[:::]:80",
    ])
    func `everything else is refused with a reason`(_ text: String) {
        #expect(ListenAddress.problem(with: text) != nil)
    }

    @Test func `a socket path that the kernel cannot hold is refused`() {
        #expect(ListenAddress.problem(with: "unix:///" + String(repeating: "x", count: 106)) == nil)
        #expect(ListenAddress.problem(with: "unix:///" + String(repeating: "x", count: 107)) != nil)
    }
}
