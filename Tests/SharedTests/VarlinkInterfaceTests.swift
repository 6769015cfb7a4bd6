import Foundation
import Shared
import Testing

/// Interface texts, and what a service tells of itself.
@Suite struct VarlinkInterfaceTests {
    @Test(arguments: [
        (SupervisorInterface.name, SupervisorInterface.description),
        (WorkerInterface.name, WorkerInterface.description),
        (WorkerFaultsInterface.name, WorkerFaultsInterface.description),
        (WhatsAppSimulatorInterface.name, WhatsAppSimulatorInterface.description),
        (WhatsAppInterface.name, WhatsAppInterface.description),
        (WhatsAppWebhookInterface.name, WhatsAppWebhookInterface.description),
    ])
    func `the served text is the documented one, and parses`(name: String, served: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/varlink/\(name).varlink")
        #expect(try String(contentsOf: file, encoding: .utf8) == served)
        let interface = try VarlinkInterfaceDescription(parsing: served)
        #expect(interface.name == name)
        #expect(!interface.methods.isEmpty)
    }

    @Test(arguments: [
        SupervisorInterface.description, WorkerInterface.description, WorkerFaultsInterface.description,
        WhatsAppSimulatorInterface.description, WhatsAppInterface.description,
        WhatsAppWebhookInterface.description, ownInterface,
    ])
    func `every method and every error says what it means`(text: String) {
        var before = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("method ") || line.hasPrefix("error ") || line.hasPrefix("type ") {
                #expect(before.hasPrefix("# "), "\(line)")
            }
            before = String(line)
        }
    }

    /// The text of `org.varlink.service`, as a service tells it.
    private static var ownInterface: String {
        let service = VarlinkService(vendor: "", product: "", version: "", url: "", interfaces: [])
        let call = VarlinkCall(
            method: "org.varlink.service.GetInterfaceDescription",
            parameters: ["interface": "org.varlink.service"]
        )
        return service.answer(call)?.parameters["description"]?.stringValue ?? ""
    }

    @Test func `everything of the grammar is read`() throws {
        let interface = try VarlinkInterfaceDescription(
            parsing: """
                # before
                interface org.example-1.more # after
                type Color (red, green)
                type Thing (a: ?[]string, b: [string](x: int, y: float), c: Color, d: object)
                method Do(on: bool,thing:?Thing)->()
                error Broken (reason: string)
                """
        )
        #expect(interface.name == "org.example-1.more")
        #expect(interface.types["Color"] == .enumeration(["red", "green"]))
        #expect(interface.errors.keys.sorted() == ["Broken"])
        #expect(interface.methods["Do"]?.output.isEmpty == true)
        #expect(interface.methods["Do"]?.input.map(\.type) == [.bool, .optional(.named("Thing"))])
        guard case .structure(let fields) = interface.types["Thing"] else {
            Issue.record("Thing is no structure")
            return
        }
        #expect(fields.map(\.name) == ["a", "b", "c", "d"])
        #expect(fields.first?.type == .optional(.array(.string)))
    }

    @Test(arguments: [
        ("", "line 1 column 1: expected \"interface\""),
        ("interface one", "expected the interface's name"),
        ("interface a.b\ntype t ()", "line 2 column 7: expected a name that begins with a capital"),
        ("interface a.b\ntype T (a: ??int)", "optional twice"),
        ("interface a.b\ntype T (a: int, b)", "some fields have a type, others have none"),
        ("interface a.b\ntype T (a: int, a: int)", "a is there twice"),
        ("interface a.b\ntype T ()\nerror T ()", "T is there twice"),
        ("interface a.b\nmethod M() -> (t: T)", "there is no type T"),
        ("interface a.b\nmethod M() (t: int)", "expected \"->\""),
        ("interface a.b\nmethod M(", "expected a field's name"),
        ("interface a.b\ntype T (a: [int]string)", "expected \"[]\" or \"[string]\""),
        ("interface a.b\nfunction F()", "expected \"type\", \"method\" or \"error\""),
    ])
    func `a mistake in a text is told`(text: String, reason: String) {
        let error = #expect(throws: VarlinkProtocolError.self) {
            try VarlinkInterfaceDescription(parsing: text)
        }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "none")")
    }

    @Test func `types cannot lie too deep in each other`() {
        let text = "interface a.b\ntype T (a: " + String(repeating: "[]", count: 100_000) + "int)"
        #expect(throws: VarlinkProtocolError.self) { try VarlinkInterfaceDescription(parsing: text) }
    }

    @Test func `half a text is refused at every length or read, and never crashes`() throws {
        let text = SupervisorInterface.description
        for length in stride(from: 0, to: text.utf8.count, by: 97) {
            _ = try? VarlinkInterfaceDescription(parsing: String(text.prefix(length)))
        }
        // In the midst of a type, not in a comment between two.
        let end = try #require(text.firstRange(of: "namespace: string")).lowerBound
        #expect(throws: VarlinkProtocolError.self) {
            try VarlinkInterfaceDescription(parsing: String(text[..<end]))
        }
    }

    @Test func `what does not fit an interface is named`() throws {
        let worker = try VarlinkInterfaceDescription(parsing: WorkerInterface.description)
        let fields = try #require(worker.methods["Cleanup"]?.output)
        let memory: JSONValue = [
            "heap_used_bytes": 1, "heap_total_bytes": 2, "external_bytes": 3, "rss_bytes": 4,
        ]
        #expect(worker.mismatches(of: ["before": memory, "after": memory], with: fields).isEmpty)
        let wrong: JSONValue = ["heap_used_bytes": 1.5, "heap_total_bytes": 2, "external_bytes": 3, "rss": 4]
        #expect(
            worker.mismatches(of: ["before": memory, "after": wrong, "more": 1], with: fields)
                == ["more", "after.rss", "after.heap_used_bytes", "after.rss_bytes"]
        )
    }

    // MARK: - org.varlink.service

    private let service = VarlinkService(
        vendor: "Novi",
        product: "test",
        version: "1",
        url: "https://example.org",
        interfaces: [WorkerInterface.description]
    )

    @Test func `a service tells who it is, and every text that it names parses`() throws {
        let info = try #require(service.answer(VarlinkCall(method: "org.varlink.service.GetInfo")))
        #expect(info.error == nil)
        #expect(info.parameters["interfaces"] == ["com.novi.Worker", "org.varlink.service"])
        for name in info.parameters["interfaces"]?.arrayValue ?? [] {
            let call = VarlinkCall(
                method: "org.varlink.service.GetInterfaceDescription",
                parameters: ["interface": name]
            )
            let text = try #require(service.answer(call)?.parameters["description"]?.stringValue)
            let interface = try VarlinkInterfaceDescription(parsing: text)
            #expect(interface.name == name.stringValue)
            if let output = interface.methods["GetInfo"]?.output {
                #expect(interface.mismatches(of: info.parameters, with: output).isEmpty)
            }
        }
    }

    @Test(
        arguments: [
            ("GetInterfaceDescription", [:], VarlinkService.ErrorName.invalidParameter),
            ("GetInterfaceDescription", ["interface": 1], VarlinkService.ErrorName.invalidParameter),
            ("GetInterfaceDescription", ["interface": "a.b"], VarlinkService.ErrorName.interfaceNotFound),
            ("Nothing", [:], VarlinkService.ErrorName.methodNotFound),
        ] as [(String, JSONObject, String)]
    )
    func `a service refuses by the standard's names`(method: String, parameters: JSONObject, error: String) {
        let call = VarlinkCall(method: "org.varlink.service.\(method)", parameters: parameters)
        #expect(service.answer(call)?.error == error)
    }

    @Test func `calls of other interfaces are left to others`() {
        #expect(service.answer(VarlinkCall(method: "com.novi.Worker.GetStatus")) == nil)
        #expect(service.answer(VarlinkCall(method: "org.varlink.services.GetInfo")) == nil)
    }
}
