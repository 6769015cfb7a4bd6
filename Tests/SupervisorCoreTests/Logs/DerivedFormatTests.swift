import Shared
import SupervisorCore
import Testing

struct DerivedFormatTests {
    private func origin(
        _ app: String = "api",
        instance: Int = 0,
        stream: OutputStream = .out
    ) throws -> LineOrigin {
        let name = try #require(AppName(app))
        return LineOrigin(
            process: ProcessName(app: name, instance: instance),
            processID: 3,
            stream: stream,
            run: RunID(rawValue: 0x2A)
        )
    }

    private func derived(
        _ bytes: [UInt8],
        _ format: DerivedFormat,
        _ origin: LineOrigin,
        maximum: Int = 1 << 20
    ) -> [UInt8] {
        var assembler = LineAssembler(maximumBytes: maximum)
        assembler.append(bytes)
        let writer = DerivedLineWriter(format, of: origin)
        var output: [UInt8] = []
        while let line = assembler.finish() {
            writer.append(line, from: assembler.buffer, stamp: Array("2026-11-24T12:00:00".utf8), to: &output)
        }
        return output
    }

    private func derived(
        _ text: String,
        _ format: DerivedFormat,
        _ origin: LineOrigin,
        maximum: Int = 1 << 20
    ) -> String {
        String(decoding: derived(Array(text.utf8), format, origin, maximum: maximum), as: UTF8.self)
    }

    @Test func `a plain file holds the lines byte for byte and a torn one completed`() throws {
        let bytes: [UInt8] = [0, 1, 0xFF, 0x1B, 0x0A, 0x0D, 0x0A, 0x0A, 0xC3]
        #expect(derived(bytes, .plain, try origin()) == bytes + [0x0A])
    }

    @Test func `a stamp stands before each line as in PM2`() throws {
        #expect(
            derived("a\nb\n", .timestamped(DerivedFormat.timePattern), try origin())
                == "2026-11-24T12:00:00: a\n2026-11-24T12:00:00: b\n"
        )
    }

    @Test func `a shared file names the process before each line`() throws {
        #expect(derived("a\n", .prefixed(stamp: nil), try origin()) == "api | a\n")
        #expect(derived("a\n", .prefixed(stamp: nil), try origin(instance: 2)) == "api:2 | a\n")
        #expect(
            derived("a\n", .prefixed(stamp: "YYYY"), try origin()) == "2026-11-24T12:00:00 api | a\n"
        )
    }

    @Test func `a record of JSON is that of PM2, one a line`() throws {
        #expect(
            derived("say \"hi\"\tto\\all\n{}\n", .json(stamp: nil), try origin(stream: .error))
                == #"{"message":"say \"hi\"\tto\\all","timestamp":"2026-11-24T12:00:00","type":"err","#
                + #""process_id":3,"app_name":"api"}"# + "\n"
                + #"{"message":"{}","timestamp":"2026-11-24T12:00:00","type":"err","#
                + #""process_id":3,"app_name":"api"}"# + "\n"
        )
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xC3, 0x28], "\u{FFFD}("),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0x61, 0, 0x62], "a\u{0}b"), ([0x1B, 0x5B, 0x33, 0x31, 0x6D, 0x78], "\u{1B}[31mx"),
            ([0x7F], "\u{7F}"),
            ([0xE2, 0x80, 0xA6], "…"), ([0xF0, 0x9F, 0x8D, 0xB0], "\u{1F370}"), ([0x0D], "\r"), ([], ""),
        ] as [([UInt8], String)]
    )
    func `any bytes become valid JSON that says the same`(bytes: [UInt8], text: String) throws {
        let record = derived(bytes + [0x0A], .json(stamp: nil), try origin())
        #expect(record.last == 0x0A && record.filter { $0 == 0x0A }.count == 1)
        let value = try JSONValue(parsing: record)
        #expect(value["message"]?.stringValue == text)
        #expect(value["type"]?.stringValue == "out")
        #expect(value["process_id"]?.integerValue == 3)
        #expect(value["app_name"]?.stringValue == "api")
    }

    @Test func `every single byte survives JSON in every place of a word`() throws {
        for byte in UInt8(0)...0x7F where byte != 0x0A {
            for place in [0, 3, 7, 8, 11] {
                var bytes = [UInt8](repeating: 0x61, count: 12)
                bytes[place] = byte
                let value = try JSONValue(parsing: derived(bytes, .json(stamp: nil), try origin()))
                #expect(value["message"]?.stringValue.map { Array($0.utf8) } == bytes)
            }
        }
    }

    @Test func `the parts of a long line are marked`() throws {
        #expect(derived("abcdefgh\n", .plain, try origin(), maximum: 3) == "abc …\n… def …\n… gh\n")
        let records = derived("abcdefgh\n", .json(stamp: nil), try origin(), maximum: 3).split(
            separator: "\n"
        )
        let parts = try records.map { try JSONValue(parsing: Array($0.utf8))["partial"]?.stringValue }
        #expect(parts == ["first", "middle", "last"])
    }
}
