import Shared
import Testing

@testable import SupervisorCore

@Suite struct ProcessSelectionTests {
    @Test(arguments: [
        ("all", ProcessSelection.all), ("7", .id(7)), ("api", .name("api")), ("novi:", .namespace("novi")),
        ("api:1", AppName("api").map { .process(ProcessName(app: $0, instance: 1)) } ?? .all),
        ("ap?", .glob("ap?")), ("*", .glob("*")), ("api:*", .glob("api:*")),
        ("99999999999999999999", .name("99999999999999999999")), ("api:01", .name("api:01")),
    ])
    func `a selection is read as typed`(text: String, selection: ProcessSelection) {
        #expect(ProcessSelection(text) == selection)
        #expect(ProcessSelection(text)?.description == text)
    }

    @Test(arguments: ["", "/api/", String(repeating: "a", count: 257)])
    func `what cannot be a selection is refused`(text: String) {
        #expect(ProcessSelection(text) == nil)
    }

    @Test(arguments: [
        ("*", "api", true), ("a*", "api", true), ("*i", "api", true), ("a?i", "api", true),
        ("a?", "api", false),
        ("*p*", "api", true), ("b*", "api", false), ("", "", true), ("*", "", true), ("?", "", false),
        ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("**", "api", true),
        ("api:*", "api:12", true),
    ])
    func `globs match whole names`(pattern: String, text: String, expected: Bool) {
        #expect(ProcessSelection.matches(pattern: Array(pattern.utf8), text: Array(text.utf8)) == expected)
    }

    @Test func `a hostile glob ends soon`() {
        let pattern = Array(String(repeating: "*a", count: 128).utf8)
        let text = Array((String(repeating: "a", count: 127) + String(repeating: "b", count: 2000)).utf8)
        #expect(!ProcessSelection.matches(pattern: pattern, text: text))
    }

    @Test func `selections find processes by name, number, namespace and old names`() throws {
        var scene = Scene()
        let novi = app("api", instances: 2) { $0.namespace = "novi" }
        scene.bringUp(novi, app("web"))
        func ids(_ text: String) throws -> [Int] { try scene.supervisor.processes(matching: choose(text)) }
        #expect(try ids("api") == [0, 1])
        #expect(try ids("api:1") == [1])
        #expect(try ids("2") == [2])
        #expect(try ids("novi:") == [0, 1])
        #expect(try ids("novi") == [0, 1])
        #expect(try ids("novi-platform") == [0, 1])
        #expect(try ids("novi-commerce:") == [0, 1])
        #expect(try ids("default:") == [2])
        #expect(try ids("*") == [0, 1, 2])
        #expect(try ids("all") == [0, 1, 2])
    }

    @Test func `an unknown name is refused with the nearest one`() {
        var scene = Scene()
        scene.bringUp(app("whatsapp"))
        let request = scene.ask(.stop(choose("whatsap")))
        #expect(scene.failure(request) == .unknownProcess(selection: "whatsap", suggestion: "whatsapp"))
        #expect(scene.word("whatsapp") == "online")
    }

    @Test func `all of nothing is fine`() {
        var scene = Scene()
        let request = scene.ask(.stop([.all]))
        #expect(scene.outcomes(request) == [])
    }
}
