import ArgumentParser
import Foundation
import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct DocumentationTests {
    /// docs/CLI.md.
    private static func document() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("docs/CLI.md"), encoding: .utf8)
    }

    /// The names in the parentheses behind a type or method of the interface.
    private static func members(behind word: String) throws -> [String] {
        let text = SupervisorInterface.description
        let start = try #require(text.range(of: word)?.upperBound)
        return text[start...].prefix { $0 != ")" }.split(separator: ",").compactMap { member in
            member.split(separator: ":").first.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        }
    }

    @Test(arguments: [
        ("status", "type Process ("), ("ping", "method Ping() -> ("), ("events", "type Event ("),
    ])
    func `what --json has is documented`(command: String, type: String) throws {
        let document = try Self.document()
        let start = try #require(document.range(of: "\n### `\(command)")?.upperBound)
        let section = document[start...]
        let end = section.range(of: "\n### ")?.lowerBound ?? section.endIndex
        for member in try Self.members(behind: type) {
            #expect(section[..<end].contains("\"\(member)\":"), "\(command) \(member)")
        }
    }

    @Test func `every target is on the map of the architecture`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let map = try String(
            contentsOf: root.appendingPathComponent("docs/ARCHITECTURE.md"),
            encoding: .utf8
        )
        let targets = try FileManager.default.contentsOfDirectory(
            atPath: root.appendingPathComponent("Sources").path
        )
        for target in targets { #expect(map.contains("`\(target)`"), "\(target)") }
    }

    private static func headings() throws -> [String] {
        try document().split(separator: "\n").filter { $0.hasPrefix("### `") }.map { line in
            String(line.dropFirst("### `".count).prefix { $0 != " " && $0 != "`" })
        }
    }

    @Test func `every command is documented, and every documented command exists`() throws {
        let commands = NoviSupervisor.configuration.subcommands.compactMap { $0.configuration.commandName }
        let headings = try Self.headings()
        #expect(headings.sorted() == commands.sorted())
    }

    @Test func `every alias is documented`() throws {
        let document = try Self.document()
        for command in NoviSupervisor.configuration.subcommands {
            for alias in command.configuration.aliases {
                #expect(document.contains("`\(alias)`"), "alias \(alias)")
            }
        }
    }

    @Test func `every option of a command is documented in its section`() throws {
        let document = try Self.document()
        let common: Set = ["--home", "--no-color", "--help", "--version"]
        for command in NoviSupervisor.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            let start = try #require(document.range(of: "\n### `\(name)")?.upperBound)
            let rest = document[start...]
            let section = rest[..<(rest.range(of: "\n##")?.lowerBound ?? rest.endIndex)]
            let words = NoviSupervisor.helpMessage(for: command, columns: 200)
                .split { !$0.isLetter && $0 != "-" }
                .filter { $0.hasPrefix("--") && $0.count > 2 }.map(String.init)
            for option in Set(words).subtracting(common) {
                #expect(section.contains(option), "\(name) \(option)")
            }
        }
    }

    @Test func `the table of exit statuses is the enumeration`() throws {
        let rows = try Self.document().split(separator: "\n").compactMap { line -> Int32? in
            guard line.hasPrefix("| ") else { return nil }
            return Int32(line.dropFirst(2).prefix { $0.isNumber })
        }
        #expect(rows == ExitStatus.allCases.map(\.rawValue))
    }

    @Test(arguments: CompletionShell.allCases)
    func `each shell gets a script that asks for names`(shell: CompletionShell) {
        let script = NoviSupervisor.completionScript(for: shell)
        #expect(script.contains("noviSupervisor"))
        #expect(script.contains("---completion"))
    }
}
