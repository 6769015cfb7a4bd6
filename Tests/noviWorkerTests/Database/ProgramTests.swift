import Testing

@testable import noviWorker

@Suite struct ProgramTests {
    @Test func `a program gets its input, and both outputs and the exit code come back`() throws {
        let result = try Program(path: "/bin/sh", arguments: ["-c", "cat; echo problem >&2; exit 7"]).run(
            input: "text\n"
        )
        #expect(result.output == "text\nproblem\n")
        #expect(result.code == 7)
    }

    @Test func `an end by signal is told as shells tell it`() throws {
        #expect(try Program(path: "/bin/sh", arguments: ["-c", "kill -9 $$"]).run().code == 137)
    }

    @Test func `a program does not inherit the signals that our threads block`() throws {
        let result = try Program(path: "/bin/grep", arguments: ["^Sig[BI]", "/proc/self/status"]).run()
        let masks = result.output.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0, radix: 16) }
        // The C library keeps signals 32 and 33 for itself.
        #expect(masks.map { $0 & 0x7fff_ffff } == [0, 0])
    }

    @Test func `a program that is not there is told`() {
        #expect(throws: Program.Failure.self) { try Program(path: "/nonexistent", arguments: []).run() }
    }

    @Test func `output beyond the limit is dropped, not kept`() throws {
        let result = try Program(path: "/bin/sh", arguments: ["-c", "yes | head -c 3000000"]).run()
        #expect(result.output.utf8.count == Limits.programOutputBytes)
        #expect(result.code == 0)
    }
}
