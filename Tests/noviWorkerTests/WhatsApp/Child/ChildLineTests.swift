import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// Lines between us and the child, and how it is configured.
@Suite struct ChildLineTests {
    @Test func `lines are cut wherever their bytes come apart`() throws {
        let text = Array("one\n\ntwo\nthree\n".utf8)
        for size in 1...text.count {
            var decoder = LineDecoder(limit: 5)
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                let part = text[start..<min(start + size, text.count)]
                lines += try decoder.lines(part).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(lines == ["one", "two", "three"])
        }
    }

    @Test func `a line over the bound is refused before its end comes`() throws {
        var decoder = LineDecoder(limit: 5)
        #expect(try decoder.lines(Array("12345".utf8)).isEmpty)
        #expect(throws: LineDecoder.TooLong(limit: 5)) { try decoder.lines(Array("6".utf8)) }
    }

    @Test func `a command is one line of the protocol`() {
        let message = OutgoingMessage(id: "7f", chat: "1@c.us", text: "a\nb", replyTo: nil)
        #expect(
            String(decoding: ChildCommand.send(message).line, as: UTF8.self)
                == #"{"v":1,"id":"7f","type":"send","to":"1@c.us","text":"a\nb","reply_to":null,"dedupe":"7f"}"#
                + "\n"
        )
        #expect(
            String(decoding: ChildCommand.ping(3).line, as: UTF8.self)
                == #"{"v":1,"id":"ping-3","type":"ping"}"# + "\n"
        )
    }

    @Test(arguments: [
        "[]", "3", #"{"type":"pong"}"#, #"{"v":1}"#, #"{"v":"1","type":"pong"}"#, #"{"v":1,"type":"qr"}"#,
        #"{"v":1,"type":"message","external_id":"a","chat":"b"}"#,
        #"{"v":1,"type":"message","external_id":"a\u0000","chat":"b","sender":"c"}"#,
        #"{"v":1,"type":"ack","external_id":"a","level":7}"#, #"{"v":1,"type":"sent","id":"a"}"#,
        #"{"v":1,"type":"state"}"#,
    ])
    func `a line that lacks what it needs is a problem`(line: String) {
        #expect(throws: ChildReport.Problem.self) { try ChildReport(parsing: Array(line.utf8)) }
    }

    @Test func `the command is a list of words, and mistakes are told at once`() {
        func problems(_ variables: [String: String]) -> [String] {
            var reader = VariableReader(variables)
            let settings = ChildSettings(&reader, dataDirectory: "/data")
            #expect((settings == nil) == !reader.problems.isEmpty)
            return reader.problems
        }
        #expect(problems(["WHATSAPP_CHILD_COMMAND": #"["node","a b.mjs"]"#]) == [])
        for text in ["", "node adapter.mjs", "[]", "[1]", #"[""]"#, #"["a\u0000"]"#, #"{"a":1}"#] {
            #expect(problems(["WHATSAPP_CHILD_COMMAND": text]).count == 1, "\(text)")
        }
        #expect(
            problems(["WHATSAPP_CHILD_COMMAND": "x", "WHATSAPP_CHILD_OPTIONS": "[]"]).count == 2
        )
    }
}
