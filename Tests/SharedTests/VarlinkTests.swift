import Foundation
import Shared
import Testing

/// Messages, frames and the interface texts.
struct VarlinkTests {
    @Test func `a call is written and read as the protocol says`() throws {
        let call = VarlinkCall(
            method: "com.novi.Supervisor.List",
            parameters: ["select": ["api"]],
            more: true
        )
        let bytes = call.encoded()
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "{\"method\":\"com.novi.Supervisor.List\",\"parameters\":{\"select\":[\"api\"]},\"more\":true}\0"
        )
        #expect(try VarlinkCall(parsing: try JSONValue(parsing: bytes.dropLast())) == call)
    }

    @Test func `a reply is written and read as the protocol says`() throws {
        let reply = VarlinkReply(parameters: ["a": 1], continues: true, error: "org.example.Failed")
        let bytes = reply.encoded()
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "{\"error\":\"org.example.Failed\",\"parameters\":{\"a\":1},\"continues\":true}\0"
        )
        #expect(try VarlinkReply(parsing: try JSONValue(parsing: bytes.dropLast())) == reply)
    }

    @Test(arguments: [
        "[]", "{}", "{\"method\":1}", "{\"method\":\"a.B\",\"parameters\":3}",
        "{\"method\":\"a.B\",\"more\":1}",
    ])
    func `what is no call is refused`(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: VarlinkProtocolError.self) { try VarlinkCall(parsing: value) }
    }

    @Test(arguments: [1, 2, 3, 7, 1000]) func `frames come out whole, whatever the pieces`(size: Int) throws {
        let frames: [[UInt8]] = (0..<20).map { number in Array("{\"n\":\(number)}".utf8) }
        let stream: [UInt8] = frames.reduce(into: []) { $0 += $1 + [0] }
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: 100)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            decoder.append(stream[start..<min(start + size, stream.count)])
            while let frame = try decoder.next() { found.append(frame) }
        }
        #expect(found == frames)
    }

    @Test func `a frame without an end is refused at the limit`() {
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: 10)
        decoder.append([UInt8](repeating: 0x20, count: 11))
        #expect(throws: VarlinkProtocolError.self) { try decoder.next() }
    }

    @Test func `every service describes itself`() throws {
        let service = VarlinkService(
            vendor: "Novi",
            product: "test",
            version: "1",
            url: "",
            interfaces: [WorkerInterface.description]
        )
        let info = try #require(service.answer(VarlinkCall(method: "org.varlink.service.GetInfo")))
        #expect(info.parameters["interfaces"] == ["com.novi.Worker", "org.varlink.service"])
        let call = VarlinkCall(
            method: "org.varlink.service.GetInterfaceDescription",
            parameters: ["interface": "com.novi.Worker"]
        )
        #expect(service.answer(call)?.parameters["description"]?.stringValue == WorkerInterface.description)
        #expect(
            service.answer(VarlinkCall(method: "org.varlink.service.Nothing"))?.error
                == VarlinkService.ErrorName.methodNotFound
        )
        #expect(service.answer(VarlinkCall(method: "com.novi.Worker.GetStatus")) == nil)
    }
}
