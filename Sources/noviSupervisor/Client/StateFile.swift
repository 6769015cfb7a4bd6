import LinuxSystem
import Shared

/// A state file as the daemon writes it: one line `novi-state VERSION CHECKSUM LENGTH`, then the JSON.
enum StateFile {
    /// The newest version of the format that is understood.
    static let version: Int64 = 1
    /// The largest file that is read.
    private static let maximumBytes = 256 << 20

    /// Reads a file; `nil` for one that the daemon would not believe either.
    static func read(_ path: String) -> (document: JSONValue, generation: Int64)? {
        guard let status = try? FileStatus(path: path, followsLinks: false), status.kind != .symbolicLink,
            status.mode & 0o022 == 0, let bytes = try? FileContents.read(path, limit: maximumBytes)
        else { return nil }
        guard let end = bytes.firstIndex(of: 0x0A), end < 128 else { return nil }
        let header = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        let body = Array(bytes[(end + 1)...])
        guard header.count == 4, header[0] == "novi-state", let number = Int64(header[1]),
            (1...version).contains(number), Int(header[3]) == body.count, checksum(body) == header[2],
            let document = try? JSONValue(parsing: body)
        else { return nil }
        return (document, max(0, document["generation"]?.integerValue ?? 0))
    }

    /// FNV-1a, 64 bits, in hexadecimal digits.
    static func checksum(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
