/// The first line of a state file, `novi-state VERSION CHECKSUM LENGTH`, and the JSON behind it.
///
/// The daemon writes and reads it; the command line reads it while no daemon runs.
public enum StateEnvelope {
    /// The version of the format that is written.
    public static let version: Int64 = 1

    /// Why a state file is no good.
    public struct Failure: Error, CustomStringConvertible {
        /// In words, beginning with "it" or "its".
        public let description: String
    }

    /// A body behind its first line.
    public static func sealed(_ body: [UInt8]) -> [UInt8] {
        Array("novi-state \(version) \(checksum(body)) \(body.count)\n".utf8) + body
    }

    /// The body of a file that is whole.
    ///
    /// - Parameter bytes: The whole file.
    /// - Returns: What ``sealed(_:)`` was given.
    /// - Throws: ``Failure`` for a file of a newer version, a cut or a damaged one.
    public static func opened(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
        guard let end = bytes.firstIndex(of: 0x0A), end < 128 else {
            throw Failure(description: "it has no header")
        }
        let header = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        guard header.count == 4, header[0] == "novi-state", let number = Int64(header[1]) else {
            throw Failure(description: "its header is damaged")
        }
        guard number <= version else {
            throw Failure(
                description: "it is of version \(number), newer than this program's \(version)"
            )
        }
        guard number > 0 else { throw Failure(description: "its header is damaged") }
        let body = Array(bytes[(end + 1)...])
        guard Int(header[3]) == body.count else {
            throw Failure(description: "it is cut: \(body.count) of \(header[3]) bytes")
        }
        guard checksum(body) == header[2] else { throw Failure(description: "its checksum does not fit") }
        return body
    }

    /// FNV-1a, 64 bits: finds damage, not forgery: the file is its owner's alone.
    private static func checksum(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
