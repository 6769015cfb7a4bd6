import Foundation
import Shared

@testable import noviSupervisor

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

extension ScratchFolder {
    /// Writes a state file of apps that have a name and nothing else.
    func writeState(_ apps: [String], generation: Int = 1, to name: String) throws {
        let entries = apps.map { #"{"definition":{"name":"\#($0)"},"processes":[]}"# }
        let apps = entries.joined(separator: ",")
        try writeState(document: #"{"generation":\#(generation),"apps":[\#(apps)]}"#, to: name)
    }

    /// Writes a state file as the daemon does.
    func writeState(document body: String, to name: String) throws {
        let sealed = StateEnvelope.sealed(Array(body.utf8))
        try write(String(decoding: sealed, as: UTF8.self), to: name)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600],
            ofItemAtPath: "\(path)/\(name)"
        )
    }
}

/// Makes a folder and those above it.
func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
}
