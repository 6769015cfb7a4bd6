import Foundation
import Testing

/// Reads our own sources and holds them against the rules that no compiler knows.
@Suite struct TidyTests {
    /// One source file.
    struct Source: Sendable, CustomTestStringConvertible {
        /// The path below `Sources`.
        var path: String
        var lines: [String]

        var testDescription: String { path }

        /// The lines without comments, with their numbers from 1.
        var code: [(number: Int, text: String)] {
            lines.enumerated().compactMap { index, line in
                let text = line.trimmingCharacters(in: .whitespaces)
                return text.hasPrefix("//") ? nil : (index + 1, text)
            }
        }
    }

    static let sources: [Source] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else {
                return nil
            }
            return Source(path: path, lines: text.components(separatedBy: "\n"))
        }
    }()

    private static func sources(in folders: String...) -> [Source] {
        sources.filter { source in folders.contains { source.path.hasPrefix($0 + "/") } }
    }

    /// The places where a line of code fulfils a condition, as `path:line: text`.
    private func places(_ sources: [Source], where isBad: (String) -> Bool) -> [String] {
        sources.flatMap { source in
            source.code.filter { isBad($0.text) }.map { "\(source.path):\($0.number): \($0.text)" }
        }
    }

    private func imports(_ line: String, _ modules: String...) -> Bool {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count else { return false }
        return modules.contains { words[index + 1] == $0 }
    }

    @Test func `the sources are found`() {
        #expect(Self.sources(in: "SupervisorCore").count > 30)
        #expect(Self.sources(in: "Shared").count > 10)
        #expect(Self.sources(in: "noviSupervisord").count > 5)
    }

    @Test func `core and contract import neither Glibc nor Foundation`() {
        let bad = places(Self.sources(in: "SupervisorCore", "Shared")) { line in
            imports(
                line,
                "Glibc",
                "Foundation",
                "FoundationEssentials",
                "Dispatch",
                "LinuxSystem",
                "CSupervisorShims"
            )
        }
        #expect(bad == [])
    }

    @Test func `core and contract read no clock and draw no random number`() {
        let bad = places(Self.sources(in: "SupervisorCore", "Shared")) { line in
            line.contains(".now ")
                || line.hasSuffix(".now") && !line.contains("out.now") && !line.contains("outbox.now")
                || line.contains("Date()") || line.contains("SystemRandomNumberGenerator")
                || line.contains(".random(") || line.contains(".shuffled()")
                || line.contains("ContinuousClock")
                || line.contains("SuspendingClock")
        }
        .filter { !$0.contains("out.now") && !$0.contains("outbox.now") }
        #expect(bad == [])
    }

    @Test func `the daemon links neither Foundation nor the argument parser`() {
        let bad = places(Self.sources(in: "noviSupervisord", "LinuxSystem", "EcosystemHost")) { line in
            imports(line, "Foundation", "FoundationEssentials", "ArgumentParser")
        }
        #expect(bad == [])
    }

    @Test func `nothing is tried or unwrapped by force`() {
        let bad = places(Self.sources) { line in
            line.contains("try!") || line.contains(" as! ") || line.contains("fatalError(")
        }
        #expect(bad == [])
    }

    @Test func `the state machine and the supervisor switch without default`() {
        let machines = Self.sources(in: "SupervisorCore/Lifecycle").filter {
            $0.path.contains("/ProcessStateMachine") || $0.path.contains("/Supervisor")
        }
        #expect(machines.count > 6)
        let bad = places(machines) { $0.hasPrefix("default:") || $0.hasPrefix("@unknown default") }
        #expect(bad == [])
    }

    @Test func `no file is longer than 400 lines`() {
        // What a script writes is as long as what it was written from.
        let written = Self.sources.filter { !($0.lines.first?.hasPrefix("// Written by scripts/") ?? false) }
        let bad = written.filter { $0.lines.count > 401 }.map {
            "\($0.path): \($0.lines.count - 1) lines"
        }
        #expect(bad == [])
    }

    @Test func `no type is a Manager, Helper or Utils`() {
        let kinds = ["struct", "class", "enum", "actor", "protocol"]
        let bad = places(Self.sources) { line in
            let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            return zip(words, words.dropFirst()).contains { kind, name in
                kinds.contains(String(kind))
                    && ["Manager", "Helper", "Helpers", "Utils", "Utilities"].contains { name.hasSuffix($0) }
            }
        }
        #expect(bad == [])
    }
}
