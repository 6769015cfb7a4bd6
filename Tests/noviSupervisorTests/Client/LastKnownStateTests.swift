import Foundation
import Shared
import Testing

@testable import noviSupervisor

/// Which apps are known while no daemon runs: those that a new one would restore.
@Suite struct LastKnownStateTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
        try makeFolder(layout.stateDirectory)
    }

    private var names: [String] { LastKnownState.appNames(layout) }

    @Test func `the newer of the state file and its copy counts`() throws {
        #expect(names == [])
        try folder.writeState(["file"], generation: 4, to: "state/desired.json")
        #expect(names == ["file"])
        try folder.writeState(["copy"], generation: 5, to: "run/desired.json")
        #expect(names == ["copy"])
        try folder.writeState(["file"], generation: 6, to: "state/desired.json")
        #expect(names == ["file"])
    }

    @Test(arguments: [
        "", "nonsense", "novi-state 1 0 2\n{}", "novi-state 2 89be207b544f1e4 2\n{}",
        "novi-state 1 08be207b544f1e4 9\n{}",
    ])
    func `a damaged state file gives way to the last good one`(text: String) throws {
        try folder.writeState(["keep", "other"], to: "state/desired.json.last-good")
        let path = try folder.write(text, to: "state/desired.json")
        #expect(names == ["keep", "other"])
        let result = try CommandLineRun.shell("$N status", environment: ["NOVI_HOME": folder.path])
        #expect(result.status == 69)
        #expect(result.errors.contains("a new one would restore:\n  keep"), "\(result.errors)")
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func `a state file that others may write is not believed`() throws {
        try folder.writeState(["bad"], to: "state/desired.json")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o666],
            ofItemAtPath: layout.stateFile
        )
        #expect(names == [])
    }
}
