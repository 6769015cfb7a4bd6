import ArgumentParser
import Glibc
import OrderMessages
import Shared
import WorkerSupport

/// `noviWorker parse`: tries the rules for orders on messages in a file.
struct ParseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Tries the rules for orders on messages in a file.",
        discussion: """
            The file is a JSON array of {"id", "message", "now", "timezone", "context": {"from_me", "quoted"}, "expected"}. \
            "now" defaults to the present, "timezone" to Africa/Lagos. The rules are told in docs/ORDERS.md. \
            A file with mistakes exits 65 and names every one.
            """,
        subcommands: [Run.self, Evaluate.self]
    )

    /// `noviWorker parse run`.
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Prints what each message says, one JSON object a line."
        )

        @Argument(help: "A file of messages; - is standard input.")
        var file: String

        func run() throws {
            let cases = try ParseFile(file).cases
            var output: [UInt8] = []
            for one in cases {
                let line: JSONValue = ["id": .string(one.id), "result": one.result]
                line.write(into: &output)
                output.append(0x0A)
                if output.count >= 64 << 10 {
                    writeToStandardOutput(output)
                    output.removeAll(keepingCapacity: true)
                }
            }
            writeToStandardOutput(output)
        }
    }

    /// `noviWorker parse eval`.
    struct Evaluate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "eval",
            abstract: "Prints precision and recall of each field; exits 0 only when all cases hold."
        )

        @Argument(help: "A file of messages with \"expected\"; - is standard input.")
        var file: String

        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let cases = try ParseFile(file, needsExpected: true).cases
            var score = ParseScore()
            for one in cases {
                score.add(one.id, expected: one.expected ?? [:], found: one.result.objectValue ?? [:])
            }
            let report = ParseReport(score)
            writeToStandardOutput(json ? report.json.serialized() + [0x0A] : Array(report.text.utf8))
            guard score.rightCases == score.cases else { throw ExitCode.failure }
        }
    }
}

/// Writes to standard output; a reader that is gone ends it.
private func writeToStandardOutput(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else {
            if errno == EINTR { continue }
            return
        }
        rest = rest.dropFirst(count)
    }
}
