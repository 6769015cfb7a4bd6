import CHiredis
import Glibc

/// A connection to Redis through hiredis; blocks its thread, with limits.
///
/// Used by one queue.
final class RedisConnection {
    /// Why Redis did not do what was asked.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let context: UnsafeMutablePointer<redisContext>

    private static let connectTime = timeval(tv_sec: 0, tv_usec: 500_000)
    private static let commandTime = timeval(tv_sec: 0, tv_usec: 250_000)

    /// Connects and signs in.
    init(_ address: RedisAddress) throws {
        guard let context = redisConnectWithTimeout(address.host, address.port, Self.connectTime) else {
            throw Failure(description: "out of memory")
        }
        self.context = context
        guard context.pointee.err == 0 else { throw failure() }
        redisSetTimeout(context, Self.commandTime)
        if let password = address.password { _ = try run(["AUTH", password]) }
        if address.database != 0 { _ = try run(["SELECT", "\(address.database)"]) }
    }

    deinit { redisFree(context) }

    /// What a command answers; only the kinds that a cache needs.
    indirect enum Reply {
        case bytes([UInt8])
        case list([Reply])
        case nothing
    }

    /// Runs a command.
    ///
    /// - Throws: ``Failure``; the connection is of no use afterwards.
    func run(_ words: [String]) throws -> Reply {
        try run(words.map { Array($0.utf8) })
    }

    /// Runs a command of bytes.
    func run(_ words: [[UInt8]]) throws -> Reply {
        let copies = words.map { word -> UnsafeMutablePointer<CChar> in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, word.count))
            for (index, byte) in word.enumerated() { copy[index] = CChar(bitPattern: byte) }
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        var pointers = copies.map { UnsafePointer<CChar>?($0) }
        let lengths = words.map(\.count)
        guard let raw = redisCommandArgv(context, Int32(words.count), &pointers, lengths) else {
            throw failure()
        }
        defer { freeReplyObject(raw) }
        return try Self.reply(raw.assumingMemoryBound(to: redisReply.self))
    }

    private static func reply(_ raw: UnsafeMutablePointer<redisReply>) throws -> Reply {
        let reply = raw.pointee
        switch reply.type {
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS:
            guard let text = reply.str else { return .nothing }
            return .bytes((0..<reply.len).map { UInt8(bitPattern: text[$0]) })
        case REDIS_REPLY_ARRAY:
            return .list(
                try (0..<reply.elements).map { index in
                    guard let element = reply.element[index] else { return .nothing }
                    return try Self.reply(element)
                }
            )
        case REDIS_REPLY_ERROR:
            throw Failure(description: reply.str.map { String(cString: $0) } ?? "an error without words")
        default: return .nothing
        }
    }

    private func failure() -> Failure {
        Failure(
            description: withUnsafePointer(to: &context.pointee.errstr) {
                $0.withMemoryRebound(to: CChar.self, capacity: 128) { String(cString: $0) }
            }
        )
    }
}
