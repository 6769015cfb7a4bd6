import ArgumentParser
import Foundation
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
