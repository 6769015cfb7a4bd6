import Shared
import Testing

/// Where values, keys and repetitions stand in a file.
@Suite struct JSONPlaceTests {
    private let text =
        "\u{FEFF}{\r\n  \"é\": [1, {\"name\": \"a\", \"name\": \"b\"}],\r\n  \"last\": null\r\n}"

    @Test(arguments: [
        (JSONPath(), 1, 1),
        (JSONPath([.key("é")]), 2, 3),
        (JSONPath([.key("é"), .index(0)]), 2, 9),
        (JSONPath([.key("é"), .index(1)]), 2, 12),
        (JSONPath([.key("é"), .index(1), .key("name")]), 2, 13),
        (JSONPath([.key("last")]), 3, 3),
    ])
    func `every value has its place`(path: JSONPath, line: Int, column: Int) throws {
        let position = try JSONDocument.parse(Array(text.utf8)).position(of: path)
        #expect(position?.line == line)
        #expect(position?.column == column)
    }

    @Test func `a path that is not in the file has no place`() throws {
        let document = try JSONDocument.parse(Array(text.utf8))
        #expect(document.position(of: JSONPath([.key("no")])) == nil)
        #expect(document.position(of: JSONPath([.key("é"), .index(2)])) == nil)
    }

    @Test func `a repeated key is told with its place, and the last value wins`() throws {
        let document = try JSONDocument.parse(Array(text.utf8))
        #expect(document.duplicateKeys.map(\.path.description) == ["[\"é\"][1].name"])
        #expect(document.duplicateKeys.first?.line == 2)
        #expect(document.duplicateKeys.first?.column == 26)
        let object = document.root["é"]?.arrayValue?.last?.objectValue
        #expect(object?["name"] == "b")
        #expect(object?.duplicateKeys == ["name"])
    }

    @Test func `a thousand repetitions each have their place, and more are told to be there`() throws {
        let lines = (0..<3000).map { "\"k\($0)\": 0, \"k\($0)\": 1" }.joined(separator: ",\n")
        let document = try JSONDocument.parse(Array("{\n\(lines)\n}".utf8))
        #expect(document.duplicateKeys.map(\.line) == Array(2..<1002))
        #expect(document.hasMoreDuplicateKeys)
        #expect(try !JSONDocument.parse(Array(text.utf8)).hasMoreDuplicateKeys)
        #expect(document.duplicateKeys.last?.column == 12)
        #expect(document.root.objectValue?.duplicateKeys.count == 3000)
    }

    @Test(arguments: [
        (JSONPath(), ""), (JSONPath([.key("apps"), .index(1), .key("name")]), "apps[1].name"),
        (JSONPath([.index(0)]), "[0]"), (JSONPath([.key("a b"), .key("c")]), "[\"a b\"].c"),
    ])
    func `a path reads like code`(path: JSONPath, text: String) {
        #expect(path.description == text)
    }

    @Test func `a file of many deep values does not eat the machine`() throws {
        let depth = 100
        let open = String(repeating: "[", count: depth)
        let zeros = String(repeating: "0,", count: 200_000)
        let document = try JSONDocument.parse(
            Array((open + zeros + "0" + String(repeating: "]", count: depth)).utf8)
        )
        let deep = JSONPath([JSONPath.Component](repeating: .index(0), count: depth))
        #expect(document.position(of: deep)?.column == depth + 1)
    }
}
