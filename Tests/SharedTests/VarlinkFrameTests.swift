import Shared
import Testing

/// Messages and the frames that carry them.
@Suite struct VarlinkFrameTests {
    private static let calls: [(VarlinkCall, String)] = [
        (VarlinkCall(method: "a.b.Ping"), "{\"method\":\"a.b.Ping\"}\0"),
        (
            VarlinkCall(method: "a.b.List", parameters: ["select": ["api"]], more: true),
            "{\"method\":\"a.b.List\",\"parameters\":{\"select\":[\"api\"]},\"more\":true}\0"
        ),
        (
            VarlinkCall(method: "a.b.C", oneway: true, upgrade: true),
            "{\"method\":\"a.b.C\",\"oneway\":true,\"upgrade\":true}\0"
        ),
    ]

    private static let replies: [(VarlinkReply, String)] = [
        (VarlinkReply(), "{\"parameters\":{}}\0"),
        (
            VarlinkReply(parameters: ["a": 1], continues: true),
            "{\"parameters\":{\"a\":1},\"continues\":true}\0"
        ),
        (VarlinkReply(error: "a.b.Failed"), "{\"error\":\"a.b.Failed\",\"parameters\":{}}\0"),
    ]

    @Test func `calls are these bytes`() throws {
        for (call, text) in Self.calls {
            #expect(String(decoding: call.encoded(), as: UTF8.self) == text)
            #expect(try VarlinkCall(parsing: JSONValue(parsing: Array(text.utf8.dropLast()))) == call)
        }
    }

    @Test func `replies are these bytes`() throws {
        for (reply, text) in Self.replies {
            #expect(String(decoding: reply.encoded(), as: UTF8.self) == text)
            #expect(try VarlinkReply(parsing: JSONValue(parsing: Array(text.utf8.dropLast()))) == reply)
        }
    }

    @Test func `a NUL within a text does not end a message`() throws {
        let bytes = VarlinkCall(method: "a.b.C", parameters: ["text": "x\0y"]).encoded()
        #expect(bytes.firstIndex(of: 0) == bytes.count - 1)
    }

    @Test(arguments: [
        "[]", "null", "{}", "{\"method\":1}", "{\"method\":\"\"}", "{\"method\":\"a.B\",\"parameters\":[]}",
        "{\"method\":\"a.B\",\"more\":1}", "{\"method\":\"a.B\",\"oneway\":\"yes\"}",
    ])
    func `what is no call is refused`(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: VarlinkProtocolError.self) { try VarlinkCall(parsing: value) }
    }

    @Test(arguments: ["[]", "{\"error\":1}", "{\"parameters\":3}", "{\"continues\":\"no\"}"])
    func `what is no reply is refused`(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: VarlinkProtocolError.self) { try VarlinkReply(parsing: value) }
    }

    @Test func `missing and null members mean the default`() throws {
        let call = try VarlinkCall(parsing: ["method": "a.B", "parameters": nil, "more": nil])
        #expect(call == VarlinkCall(method: "a.B"))
        #expect(try VarlinkReply(parsing: [:]) == VarlinkReply())
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `frames come out whole, whatever the pieces`(seed: UInt64) throws {
        var noise = JSONNoise(seed: seed)
        let frames: [[UInt8]] = (0..<50).map { number in
            number.isMultiple(of: 7) ? [] : noise.document(depth: 3).serialized()
        }
        let stream: [UInt8] = frames.reduce(into: []) { $0 += $1 + [0] }
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: 1 << 16)
        var found: [[UInt8]] = []
        var rest = stream[...]
        while !rest.isEmpty {
            let size = seed == 1 ? 1 : min(rest.count, 1 + noise.below(200))
            decoder.append(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let frame = try decoder.next() { found.append(frame) }
        }
        #expect(found == frames, "seed \(seed)")
    }

    @Test func `a frame may be as long as the limit, and no longer`() throws {
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: 10)
        decoder.append([UInt8](repeating: 0x20, count: 10))
        #expect(try decoder.next() == nil)
        decoder.append([0])
        #expect(try decoder.next()?.count == 10)
        decoder.append([UInt8](repeating: 0x20, count: 11) + [0])
        #expect(throws: VarlinkProtocolError.self) { try decoder.next() }
        #expect(throws: VarlinkProtocolError.self) { try decoder.next() }
    }

    @Test func `a frame that never ends is refused at the limit`() throws {
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: 10)
        decoder.append([UInt8](repeating: 0x20, count: 11))
        #expect(throws: VarlinkProtocolError.self) { try decoder.next() }
    }
}
