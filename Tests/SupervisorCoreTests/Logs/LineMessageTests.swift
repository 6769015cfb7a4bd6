import Shared
import Testing

@testable import SupervisorCore

/// What a program wrote, found again in the lines of files that were made of its output.
struct LineMessageTests {
    private static func message(_ line: String, _ format: DerivedFormat) -> String {
        let bytes = Array(line.utf8)
        let message = format.message(of: bytes.span)
        return String(decoding: message.text ?? Array(bytes.dropFirst(message.start)), as: UTF8.self)
    }

    @Test(arguments: [
        ("YYYY-MM-DDTHH:mm:ss", "2026-11-24T04:05:06: <3>bad"), ("HH:mm:ss.SSS", "04:05:06.789: <3>bad"),
        ("YYYY-MM-DD HH:mm Z", "2026-11-24 04:05 +01:00: <3>bad"),
        ("D.M.YY h:mm A", "4.11.26 4:05 PM: <3>bad"),
        ("[at] HHZZ", "at 04-0330: <3>bad"), ("YYYY-MM-DDTHH:mm:ss", "<3>bad"),
    ])
    func `a stamp is taken off where it is one`(pattern: String, line: String) {
        #expect(Self.message(line, .timestamped(pattern)) == "<3>bad")
    }

    @Test func `what is no stamp stays`() {
        let format = DerivedFormat.timestamped("YYYY-MM-DDTHH:mm:ss")
        for line in ["2026-11-24: x", "2026-11-24T04:05:06 x", "", "2026-11-24T04:05:0", "ERROR: 2026"] {
            #expect(Self.message(line, format) == line)
        }
        #expect(Self.message("2026-11-24T04:05:06: ", format) == "")
    }

    @Test(arguments: [
        #"{"level":"error","msg":"a \"b\" \\ c"}"#, "ERROR plain", "<3>bad", "\ttab \u{1B}[31mred\u{1}",
        "für 日本",
        "",
    ])
    func `a message comes out of its record as it went in`(text: String) throws {
        let app = try #require(AppName("api"))
        let origin = LineOrigin(process: ProcessName(app: app, instance: 2), processID: 42, stream: .out)
        var assembler = LineAssembler()
        assembler.append(Array("\(text)\n".utf8))
        let next = assembler.next()
        let line = try #require(next)
        var record: [UInt8] = []
        DerivedLineWriter(.json(stamp: nil), of: origin)
            .append(line, from: assembler.buffer, stamp: Array("2026".utf8), to: &record)
        record.removeLast()
        let message = DerivedFormat.json(stamp: nil).message(of: record.span)
        #expect(String(decoding: message.text ?? [], as: UTF8.self) == text)
        #expect(message.processID == 42)
        var unknown: [UInt8] = []
        DerivedLineWriter(.json(stamp: nil), of: origin, knowsProcess: false)
            .append(line, from: assembler.buffer, stamp: Array("2026".utf8), to: &unknown)
        #expect(DerivedFormat.json(stamp: nil).message(of: unknown.span).processID == nil)
        let value = try JSONValue(parsing: Array(unknown.dropLast()))
        #expect(value["process_id"] == .null)
    }

    @Test func `a record that is cut, or none, is taken as far as it goes`() {
        let format = DerivedFormat.json(stamp: nil)
        #expect(Self.message(#"{"message":"ERROR cut"#, format) == "ERROR cut")
        #expect(Self.message(#"{"message":"ends in \"#, format) == #"ends in \"#)
        #expect(Self.message(#"{"level":"error"}"#, format) == #"{"level":"error"}"#)
        #expect(Self.message(#"{"message":"\u12"#, format) == "\u{12}")
        #expect(Self.message(#"{"message":"\ud800x","timestamp":""#, format) == "\u{FFFD}x")
    }

    private static func continues(_ line: String, _ format: DerivedFormat) -> Bool {
        format.continuesEntry(Array(line.utf8).span)
    }

    @Test func `a step of a stack trace is one behind a stamp and in a record, too`() {
        let stamped = DerivedFormat.timestamped("HH:mm")
        #expect(Self.continues("04:05:     at one", stamped))
        #expect(!Self.continues("04:05: ERROR", stamped))
        let json = DerivedFormat.json(stamp: nil)
        #expect(Self.continues(#"{"message":"\tat one","timestamp":"x"}"#, json))
        #expect(!Self.continues(#"{"message":"ERROR","timestamp":"x"}"#, json))
    }

    @Test func `the line that stands for dropped output is a warning`() {
        let marker =
            "[novi: 3962 lines (45678 bytes) dropped: no space left on device, 2026-11-24T04:05:06.000Z to 2026-11-24T04:05:07.000Z]"
        #expect(LevelRecognition.level(of: Array(marker.utf8)[...]) == .warning)
        #expect(LevelRecognition.level(of: Array("[novi: hello]".utf8)[...]) == nil)
    }
}
