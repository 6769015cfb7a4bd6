import Foundation
import Shared
import SupervisorCore
import Testing

struct EventCatalogTests {
    private static let verdict = MemoryVerdict(subject: .heap, measured: .mebibytes(2), limit: .mebibytes(1))
    private static let someone = Requester(user: "amara", pid: 812, terminal: nil)

    /// One notice of each kind; a new kind does not compile until it has a successor here.
    private static func successor(of kind: LifecycleNotice.Kind) -> LifecycleNotice.Kind? {
        switch kind {
        case .registered: .deleted
        case .deleted: .configurationChanged(fields: [])
        case .configurationChanged: .waitingForDependencies([])
        case .waitingForDependencies: .launched(pid: 1, .daemonStarted)
        case .launched: .adopted(pid: 1, age: .zero)
        case .adopted: .foundEnded
        case .foundEnded: .launchFailed(SpawnFailure(stage: "exec", errorName: "ENOENT", message: "no"))
        case .launchFailed: .online(after: .zero)
        case .online: .signaled(.terminate, someone)
        case .signaled: .exited(.unknown, uptime: .zero, .itself, followsOOMKill: false)
        case .exited: .stragglersEnded(count: 1)
        case .stragglersEnded: .waitingToRestart(after: .zero, failures: 0, limit: nil)
        case .waitingToRestart: .gaveUp(unstableRuns: 1, window: .zero)
        case .gaveUp: .stopping(.itself)
        case .stopping: .killed(after: .zero)
        case .killed: .unkillable
        case .unkillable: .cleanupRequested(measured: .mebibytes(2), limit: .mebibytes(1))
        case .cleanupRequested: .memoryRestartsExhausted(verdict, perHour: 1)
        case .memoryRestartsExhausted:
            .memoryReport(
                used: .mebibytes(1),
                total: .mebibytes(1),
                external: .mebibytes(1),
                resident: .mebibytes(1)
            )
        case .memoryReport: .failureReported(errorNumber: 1)
        case .failureReported: .ignored("")
        case .ignored: .shutdownBegan(someone, urgent: false)
        case .shutdownBegan: .upgraded(from: "1", to: "2")
        case .upgraded: .upgradeFailed(program: nil, reason: "no")
        case .upgradeFailed: .log(.blocked(log: "", reason: ""))
        case .log(let notice): successor(of: notice).map { .log($0) }
        }
    }

    private static func successor(of notice: LogNotice) -> LogNotice? {
        switch notice {
        case .blocked: .dropping(log: "")
        case .dropping: .recovered(log: "", after: .zero, lines: 0, bytes: 0)
        case .recovered: .changedByOthers(log: "", how: "", times: 1)
        case .changedByOthers: .lineCut(rotated: "")
        case .lineCut: .rotationFailed(log: "", reason: "")
        case .rotationFailed: .keepingFailed(log: nil, reason: "")
        case .keepingFailed: .derivingFailed(log: nil, reason: "")
        case .derivingFailed: .diskGuarded(folder: "", percent: 5, files: 0, bytes: 0, isStillShort: false)
        case .diskGuarded: .totalLimited(limit: 0, files: 0, bytes: 0, isStillOver: false)
        case .totalLimited: nil
        }
    }

    static let kinds: [LifecycleNotice.Kind] =
        Array(sequence(first: .registered) { successor(of: $0) })

    /// A file of the package.
    private static func text(_ path: String) throws -> String {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: package.appending(path: path), encoding: .utf8)
    }

    private static func catalog() throws -> [(id: String, lines: [Substring])] {
        try text("packaging/novi.catalog").components(separatedBy: "\n-- ").dropFirst().map { entry in
            let lines = entry.split(separator: "\n", omittingEmptySubsequences: false)
            return (String(lines.first ?? ""), Array(lines.dropFirst()))
        }
    }

    @Test func `every event has a number of its own`() {
        #expect(Self.kinds.count == EventCatalog.events.count)
        let words = Self.kinds.map(\.word)
        #expect(words == EventCatalog.events.map(\.word))
        #expect(Self.kinds.allSatisfy { $0.messageID != nil })
        #expect(Set(EventCatalog.events.map(\.messageID)).count == EventCatalog.events.count)
    }

    @Test func `every number is 128 bits in hexadecimal`() {
        for event in EventCatalog.events {
            #expect(event.messageID.utf8.count == 32)
            #expect(event.messageID.allSatisfy { "0123456789abcdef".contains($0) })
        }
    }

    @Test func `the catalog explains every event and alerts once and nothing else`() throws {
        let numbers = EventCatalog.events.map(\.messageID) + [EventCatalog.alertMessageID]
        #expect(try Self.catalog().map(\.id) == numbers)
    }

    @Test func `each explanation has a subject, a text and what to do`() throws {
        for entry in try Self.catalog() {
            let head = entry.lines.prefix { !$0.isEmpty }
            #expect(head.first?.hasPrefix("Subject: ") == true)
            #expect(head.contains("Defined-By: Novi"))
            let paragraphs = entry.lines.drop { !$0.isEmpty }.split(separator: "")
            #expect(paragraphs.count == 2, "\(entry.id)")
            #expect(entry.lines.allSatisfy { $0.utf8.count <= 80 })
        }
    }

    @Test func `the protocol's page lists every event with its figures and its number`() throws {
        let page = try Self.text("docs/PROTOCOL.md")
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.hasSuffix("` |") }
        for (kind, event) in zip(Self.kinds, EventCatalog.events) {
            let row = try #require(rows.first { $0.hasPrefix("| `\(event.word)` |") }, "\(event.word)")
            #expect(row.hasSuffix("| `\(event.messageID)` |"))
            for name in kind.fields.keys { #expect(row.contains("`\(name)`"), "\(event.word): \(name)") }
        }
    }

    @Test func `a word that is no event has no number`() {
        #expect(EventCatalog.messageID(ofWord: "exploded") == nil)
    }
}
