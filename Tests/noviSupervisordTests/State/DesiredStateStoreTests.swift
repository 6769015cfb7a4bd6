import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import noviSupervisord

/// What should run survives damage of its file: nothing is believed that is not whole, and nothing is thrown away.
@Suite struct DesiredStateStoreTests {
    private let folder: ScratchFolder
    private let store: DesiredStateStore

    init() throws {
        folder = try ScratchFolder()
        store = DesiredStateStore(path: folder.file("desired.json"))
    }

    private func state(_ name: String, next: Int = 7) throws -> DesiredState {
        let app = try #require(AppName(name))
        var definition = AppDefinition(
            name: app,
            command: AppCommand(executable: "/bin/\(name)"),
            workingDirectory: "/"
        )
        definition.environment = ["GREETING": "grüße"]
        let processes = [
            DesiredState.Process(id: 3, instance: 0, isWanted: true),
            DesiredState.Process(id: 5, instance: 1, isWanted: false),
        ]
        return DesiredState(
            apps: [DesiredState.App(definition: definition, processes: processes)],
            nextProcessID: next
        )
    }

    @Test func `what is saved is loaded, without a remark`() throws {
        try store.save(try state("api"))
        let loaded = store.load()
        #expect(loaded.state == (try state("api")))
        #expect(loaded.remarks.isEmpty)
        #expect(try FileStatus(path: store.path).mode == 0o600)
    }

    @Test func `a home without a state file has no apps, and nothing to say about it`() {
        #expect(store.load().state == DesiredState())
        #expect(store.load().remarks.isEmpty)
    }

    @Test func `each flipped bit is noticed`() throws {
        let whole = DesiredStateStore.encode(try state("api"))
        for index in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << bit
                let text = "bit \(bit) of byte \(index)"
                #expect(throws: (any Error).self, "\(text)") { try DesiredStateStore.decode(damaged) }
            }
        }
    }

    @Test func `each length that is too short is noticed, and one that is too long`() throws {
        let whole = DesiredStateStore.encode(try state("api"))
        for length in 0..<whole.count {
            #expect(throws: (any Error).self, "\(length) bytes") {
                try DesiredStateStore.decode(Array(whole.prefix(length)))
            }
        }
        #expect(throws: (any Error).self) { try DesiredStateStore.decode(whole + [0x20]) }
    }

    /// Ways to lose a file.
    enum Damage: CaseIterable {
        case empty, cut, flipped, zeros, newer, folder, foreign
    }

    @Test(arguments: Damage.allCases)
    func `a file that is no good is set aside by name, and the last good one counts`(damage: Damage) throws {
        try store.save(try state("old"))
        try store.save(try state("new"))
        var bytes = try folder.bytes("desired.json")
        switch damage {
        case .empty: bytes = []
        case .cut: bytes.removeLast(bytes.count / 2)
        case .flipped: bytes[bytes.count / 2] ^= 1
        case .zeros: bytes = [UInt8](repeating: 0, count: bytes.count)
        case .newer:
            let text = String(decoding: bytes, as: UTF8.self)
            bytes = Array(text.replacingOccurrences(of: "novi-state 1 ", with: "novi-state 2 ").utf8)
        case .folder, .foreign: break
        }
        try FileManager.default.removeItem(atPath: store.path)
        switch damage {
        case .folder:
            try FileManager.default.createDirectory(atPath: store.path, withIntermediateDirectories: false)
        case .foreign:
            // Only root can give a file away.
            guard geteuid() == 0 else { return }
            try folder.write(bytes, to: "desired.json")
            #expect(chown(store.path, 65_534, 65_534) == 0)
        default: try folder.write(bytes, to: "desired.json")
        }
        let loaded = store.load()
        #expect(loaded.state == (try state("old")))
        #expect(loaded.remarks.count == 2)
        #expect(!loaded.isCurrent)
        #expect(loaded.remarks.first?.contains("cannot use state file \(store.path)") == true)
        #expect(folder.names.contains("desired.json.unusable-1"))
        if damage == .newer {
            #expect(loaded.remarks.first?.contains("version 2, newer than this program's 1") == true)
        }
    }

    @Test func `without a good file there are no apps, but both bad ones are told and kept`() throws {
        try folder.write("nonsense", to: "desired.json")
        try folder.write("more of it", to: "desired.json.last-good")
        let loaded = store.load()
        #expect(loaded.state == DesiredState())
        #expect(loaded.remarks.count == 2)
        #expect(try folder.text("desired.json.unusable-1") == "nonsense")
        #expect(try folder.text("desired.json.last-good.unusable-1") == "more of it")
    }

    @Test func `files that were set aside before keep their names`() throws {
        for number in 1...3 {
            try folder.write("bad \(number)", to: "desired.json")
            _ = store.load()
        }
        for number in 1...3 {
            #expect(try folder.text("desired.json.unusable-\(number)") == "bad \(number)")
        }
    }

    @Test func `the generation before stays, also when a bad file was in between`() throws {
        try store.save(try state("first"))
        try store.save(try state("second"))
        #expect(try DesiredStateStore.decode(try folder.bytes("desired.json.last-good")) == state("first"))
        try folder.write("bad", to: "desired.json")
        _ = store.load()
        try store.save(try state("third"))
        #expect(try DesiredStateStore.decode(try folder.bytes("desired.json.last-good")) == state("first"))
        #expect(store.load().state == (try state("third")))
    }

    @Test func `the file of version 1 is read for ever`() throws {
        let state = try DesiredStateStore.decode(try Fixture.bytes("desired-1.json"))
        #expect(state.nextProcessID == 4)
        #expect(state.apps.map(\.definition.name.rawValue) == ["database", "api"])
        let api = try #require(state.apps.last)
        #expect(api.processes.map(\.id) == [1, 3])
        #expect(api.processes.map(\.isWanted) == [true, false])
        #expect(api.definition.environment["PORT"] == "3000")
        #expect(api.definition.dependencies.map(\.app.rawValue) == ["database"])
        #expect(api.definition.dependencies.map(\.condition) == [.ready])
        #expect(api.definition.memory.hard == .mebibytes(800))
        #expect(api.definition.readiness == .notification(timeout: .seconds(30)))
        #expect(state.apps.first?.definition.stop.signal.description == "SIGINT")
        #expect(state.apps.first?.definition.environment == api.definition.environment)
    }
}
