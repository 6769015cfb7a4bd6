import Foundation
import Shared

/// A folder of one test, removed with the value.
final class ScratchFolder {
    let path: String

    init() throws {
        // Short: a control socket has to fit below it.
        path = "/tmp/novi-cli-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A supervisor's layout below the folder, its run folder made.
    func layout() throws -> HomeLayout {
        let layout = HomeLayout(home: path)
        try FileManager.default.createDirectory(
            atPath: layout.runDirectory,
            withIntermediateDirectories: true
        )
        return layout
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// Makes a folder and those above it.
func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
}
