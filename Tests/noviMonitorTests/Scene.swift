import CTerminalShims
import Foundation
import Shared
import SupervisorCore
import Testing

@testable import noviMonitor

/// A monitor without a terminal and without a daemon: what is on its screen after some events.
struct Scene {
    var model: MonitorModel
    private(set) var effects: [MonitorEffect] = []

    static let small = ScreenSize(columns: 80, rows: 24)
    static let middle = ScreenSize(columns: 120, rows: 40)
    static let large = ScreenSize(columns: 200, rows: 60)

    /// Widths are those of UTF-8, whatever the test's environment is.
    private static let locale: Void = novi_locale(1)

    init(
        _ size: ScreenSize = Scene.small,
        isReadOnly: Bool = false,
        homeOption: String? = nil,
        hasUnicode: Bool = true
    ) {
        Self.locale
        model = MonitorModel(
            size: size,
            isReadOnly: isReadOnly,
            home: "/home/ada/.novi",
            homeOption: homeOption,
            hasUnicode: hasUnicode
        )
    }

    /// Some apps, one of them broken, with figures, logs and details.
    static func filled(
        _ size: ScreenSize = Scene.small,
        isReadOnly: Bool = false,
        hasUnicode: Bool = true
    ) -> Scene {
        var scene = Scene(size, isReadOnly: isReadOnly, hasUnicode: hasUnicode)
        for look in 0..<30 { scene.look(SampleData.processes(look)) }
        scene.take(.measured(SampleData.host))
        scene.take(.linkTold(SampleData.link))
        scene.take(.logsOpened(LogScope()))
        scene.take(.logged(SampleData.lines(hasUnicode: hasUnicode)))
        scene.take(.described("api:0", SampleData.description))
        return scene
    }

    mutating func take(_ event: MonitorEvent) {
        effects += model.handle(event)
    }

    mutating func look(_ processes: [JSONValue]) {
        take(.snapshot(SampleData.snapshot(processes, model.clean)))
    }

    mutating func press(_ keys: Key...) {
        for key in keys { take(.key(key)) }
    }

    /// Presses letters one after the other.
    mutating func type(_ text: String) {
        for character in text { take(.key(.character(character))) }
    }

    /// The effects since the last call.
    mutating func takeEffects() -> [MonitorEffect] {
        defer { effects = [] }
        return effects
    }

    var grid: Grid { MonitorScreen.draw(model) }
    var lines: [String] { grid.lines }
    var text: String { lines.joined(separator: "\n") }
}

/// Golden files in Tests/Fixtures/monitor; NOVI_RECORD=1 writes them anew, to be looked at before they are committed.
enum GoldenScreen {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Fixtures/monitor")

    static func expect(
        _ scene: Scene,
        _ name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let size = scene.model.size
        let file = folder.appendingPathComponent("\(name)-\(size.columns)x\(size.rows).txt")
        let text = scene.text + "\n"
        if ProcessInfo.processInfo.environment["NOVI_RECORD"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(text == golden, "\(file.lastPathComponent)", sourceLocation: sourceLocation)
    }
}
