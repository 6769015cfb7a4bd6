import Shared
import SupervisorCore
import Testing

struct JournalEntryTests {
    private func entry(
        _ bytes: [UInt8],
        level: LogLevel = .info,
        parsesFields: Bool = false,
        maximum: Int = 1 << 20
    ) throws -> String {
        let app = try #require(AppName("api"))
        let origin = LineOrigin(
            process: ProcessName(app: app, instance: 1),
            processID: 4,
            stream: .error,
            run: RunID(rawValue: 42)
        )
        var assembler = LineAssembler(maximumBytes: maximum)
        assembler.append(bytes)
        let next = assembler.next()
        let line = try #require(next)
        var entry = JournalEntry()
        JournalLineEncoder(of: origin, parsesFields: parsesFields).encode(
            line,
            from: assembler.buffer,
            level: level,
            upTo: JournalOffset(device: 65_025, inode: 77, offset: 1234),
            into: &entry
        )
        return String(decoding: entry.bytes, as: UTF8.self)
    }

    private let common = """
        SYSLOG_IDENTIFIER=novi-api
        NOVI_APP=api
        NOVI_INSTANCE=1
        NOVI_RUN=000000000000002a
        NOVI_STREAM=error

        """

    @Test func `a line becomes the fields that operators search for`() throws {
        #expect(
            try entry(Array("bad thing\n".utf8), level: .error)
                == common + "PRIORITY=3\nNOVI_OFFSET=65025:77:1234\nMESSAGE=bad thing\n"
        )
    }

    @Test func `a value with control characters is framed by its length`() {
        var entry = JournalEntry()
        entry.append("MESSAGE", [0x61, 0x0A, 0x00][...])
        #expect(entry.bytes == Array("MESSAGE\n".utf8) + [3, 0, 0, 0, 0, 0, 0, 0, 0x61, 0x0A, 0x00, 0x0A])
        entry.removeAll()
        entry.append("X", [0xFF, 0x09, 0x61][...])
        #expect(entry.bytes == Array("X=".utf8) + [0xFF, 0x09, 0x61, 0x0A])
        entry.removeAll()
        entry.append("X", [UInt8](repeating: 0x0A, count: 300)[...])
        #expect(entry.bytes[2..<10] == [0x2C, 0x01, 0, 0, 0, 0, 0, 0])
    }

    @Test(arguments: [
        ("MESSAGE", true), ("A", true), ("A_1", true), ("_PID", false), ("1A", false), ("a", false),
        ("", false),
        ("A-B", false), ("A=B", false), ("A\nB", false), (String(repeating: "A", count: 64), true),
        (String(repeating: "A", count: 65), false), ("Ä", false),
    ])
    func `a name is as journald takes it or the field is left out`(name: String, isTaken: Bool) {
        #expect(JournalEntry.isName(name) == isTaken)
        var entry = JournalEntry()
        entry.append(name, "x")
        #expect(entry.bytes.isEmpty != isTaken)
    }

    @Test func `the prefix that gave the priority and a carriage return are not part of the message`() throws
    {
        #expect(try entry(Array("<4>hm\r\n".utf8), level: .warning).hasSuffix("MESSAGE=hm\n"))
    }

    @Test func `members of a JSON line become fields where that is wanted`() throws {
        let line =
            #"{"level":30,"msg":"up","statusCode":200,"req":{"id":"x"},"ok":true,"URL":"/a","_b c":null}"#
            + "\n"
        #expect(
            try entry(Array(line.utf8), parsesFields: true).hasSuffix(
                """
                MESSAGE=up
                NOVI_FIELD_LEVEL=30
                NOVI_FIELD_STATUS_CODE=200
                NOVI_FIELD_REQ={"id":"x"}
                NOVI_FIELD_OK=true
                NOVI_FIELD_URL=/a
                NOVI_FIELD__B_C=null

                """
            )
        )
        #expect(try entry(Array(line.utf8)).hasSuffix("MESSAGE=" + line))
    }

    @Test func `a member with a very long name is cut to what journald takes`() throws {
        let line = "{\"\(String(repeating: "aB", count: 60))\":1}\n"
        let fields = try entry(Array(line.utf8), parsesFields: true).split(separator: "\n")
        let name = try #require(fields.last?.split(separator: "=").first)
        #expect(JournalEntry.isName(String(name)))
        #expect(name.hasPrefix("NOVI_FIELD_A_BA_B"))
    }

    @Test func `a member's text cannot forge other fields`() throws {
        let line = #"{"msg":"x\nMESSAGE_ID=1","a":"b\n_PID=1"}"# + "\n"
        let text = try entry(Array(line.utf8), parsesFields: true)
        #expect(text.contains("MESSAGE\n\u{E}\0\0\0\0\0\0\0x\nMESSAGE_ID=1\n"))
        #expect(text.contains("NOVI_FIELD_A\n\u{8}\0\0\0\0\0\0\0b\n_PID=1\n"))
    }

    @Test func `a part of a long line says that it is one`() throws {
        #expect(try entry(Array("abcdef\n".utf8), maximum: 3).contains("NOVI_PARTIAL=first\n"))
    }

    @Test(arguments: ["1:2:3", "0:0:0", "18446744073709551615:1:9223372036854775807"])
    func `an offset reads back what it writes`(text: String) {
        #expect(JournalOffset(text)?.description == text)
    }

    @Test(arguments: ["", "1:2", "1:2:-3", "1:2:3:4", "a:b:c", "1:2:99999999999999999999"])
    func `anything else is no offset`(text: String) {
        #expect(JournalOffset(text) == nil)
    }
}
