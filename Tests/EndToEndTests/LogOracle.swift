import Foundation
import LinuxSystem
import LogFiles
import Testing

/// Reads all that a log ever held, rotated files first, and holds it against what was written: the lines of
/// `MisbehavingChild flood`, which carry a sequence number and a checksum.
struct LogOracle {
    let log: LogPath

    init(_ fixture: SupervisorFixture, _ name: String) {
        log = LogPath("\(fixture.home)/logs/\(name).log")
    }

    init(path: String) {
        log = LogPath(path)
    }

    /// How many lines the line tells that stands for what was dropped; `nil` when there is none.
    func markedLines() -> Int? {
        let markers = bytes().split(separator: 0x0A).filter { $0.starts(with: Array("[novi: ".utf8)) }
        guard !markers.isEmpty else { return nil }
        return markers.reduce(0) { sum, line in
            sum + (Int(String(decoding: line.dropFirst(7).prefix { $0 != 0x20 }, as: UTF8.self)) ?? 0)
        }
    }

    /// The files of the log in the order of writing; the one being written is the last.
    var paths: [String] {
        let names = ((try? Directory.names(in: log.folder)) ?? []).filter { name in
            name.hasPrefix(log.stem + "-2") && name.hasSuffix(log.suffix)
        }
        let numbered = names.compactMap { name -> (Int, String)? in
            let digits = name.dropLast(log.suffix.count).split(separator: "-").last.map(String.init) ?? ""
            return Int(digits).map { ($0, name) }
        }
        return numbered.sorted { $0.0 < $1.0 }.map { "\(log.folder)/\($0.1)" } + [log.path]
    }

    /// All that was ever written.
    func bytes() -> [UInt8] {
        paths.flatMap { (try? FileContents.read($0, limit: 1 << 30)) ?? [] }
    }

    /// Whether every rotated file ends at a line end.
    var endsAtLineEnds: Bool {
        paths.dropLast().allSatisfy { (try? FileContents.read($0, limit: 1 << 30))?.last == 0x0A }
    }

    /// How many bytes were ever written, without reading them.
    var size: Int64 { paths.reduce(0) { $0 + ((try? FileStatus(path: $1))?.size ?? 0) } }

    /// What is wrong with the lines of a flood; empty when every line is there once, whole and in order.
    ///
    /// One file at a time is in memory.
    func faults(lines expected: Int) -> [String] {
        var faults: [String] = []
        var next = 0
        var rest: [UInt8] = []
        for path in paths {
            let bytes = rest + ((try? FileContents.read(path, limit: 1 << 30)) ?? [])
            let parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            rest = Array(parts.last ?? [])
            for line in parts.dropLast() {
                guard faults.count <= 20 else { return faults }
                faults += Self.faults(of: line, &next)
            }
        }
        if !rest.isEmpty { faults.append("a line without an end") }
        if next != expected { faults.append("\(next) lines of \(expected)") }
        return faults
    }

    private static func faults(of line: ArraySlice<UInt8>, _ next: inout Int) -> [String] {
        guard line.count > 20, let number = Int(String(decoding: line.prefix(10), as: UTF8.self)) else {
            return ["no line of the flood: \(String(decoding: line.prefix(60), as: UTF8.self))"]
        }
        defer { next = number + 1 }
        var hash: UInt32 = 2_166_136_261
        for byte in line.dropLast(8) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        var faults: [String] = []
        if UInt32(String(decoding: line.suffix(8), as: UTF8.self), radix: 16) != hash {
            faults.append("line \(number) is damaged")
        }
        if number != next { faults.append("line \(number) where \(next) should be") }
        return faults
    }
}
