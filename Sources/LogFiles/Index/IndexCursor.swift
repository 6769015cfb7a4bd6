import Glibc
import LinuxSystem

/// Goes onward through a time index (docs/LOGS.md); one block is in memory.
final class IndexCursor {
    /// A batch of bytes that were written at one time.
    struct Batch: Hashable {
        /// The first offset behind it.
        var end: Int64
        /// Nanoseconds since 1970.
        var time: Int64
    }

    private let file: Descriptor
    private var block = 0
    private var batches: [Batch] = []
    private var next = 0

    private static let headerBytes = 64
    private static let blockBytes = 4096
    private static let blockHeaderBytes = 24

    /// Opens an index; `nil` when there is none or it was made for another file.
    init?(_ path: String, of identity: FileStatus.Identity) {
        guard TimeIndexHeader.identity(inIndexAt: path) == identity else { return nil }
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard number >= 0 else { return nil }
        file = Descriptor(number)
    }

    /// The batch that holds the byte at an offset; `nil` when the index does not reach so far.
    func batch(at offset: Int64) -> Batch? {
        if batches.isEmpty || (batches.first.map { $0.end > offset } ?? true) && block > 0 { seek(offset) }
        while true {
            if next > 0, next <= batches.count, batches[next - 1].end > offset { next = 0 }
            while next < batches.count {
                if batches[next].end > offset { return batches[next] }
                next += 1
            }
            // The last block may have grown; otherwise the next one goes on.
            let known = batches.count
            load(block)
            if batches.count > known { continue }
            guard header(block + 1) != nil else { return nil }
            load(block + 1)
            next = 0
        }
    }

    /// Loads the last block that begins at or before an offset.
    private func seek(_ offset: Int64) {
        var low = 0
        var high = max(1, blockCount)
        while high - low > 1 {
            let middle = (low + high) / 2
            if let first = header(middle), first.end <= offset { low = middle } else { high = middle }
        }
        load(low)
        next = 0
    }

    /// Where the bytes that were written at or after a time begin: everything before was written earlier.
    ///
    /// Exact to a batch; what the index does not speak of is after every time.
    func offset(before time: Int64) -> Int64 {
        guard let first = header(0), first.time < time else { return 0 }
        var low = 0
        var high = max(1, blockCount)
        while high - low > 1 {
            let middle = (low + high) / 2
            if let first = header(middle), first.time < time { low = middle } else { high = middle }
        }
        return Self.batches(in: bytes(low, Self.blockBytes)).last { $0.time < time }?.end ?? 0
    }

    private var blockCount: Int {
        let size = (try? FileStatus(descriptor: file.rawValue).size) ?? 0
        return Int(clamping: max(0, size - Int64(Self.headerBytes)) / Int64(Self.blockBytes)) + 1
    }

    private func bytes(_ block: Int, _ count: Int) -> [UInt8] {
        let start = off_t(Self.headerBytes + block * Self.blockBytes)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(
                0,
                SystemCall.repeating { pread(file.rawValue, buffer.baseAddress, count, start) }
            )
        }
    }

    private func header(_ block: Int) -> Batch? {
        Self.header(bytes(block, Self.blockHeaderBytes))
    }

    private static func header(_ bytes: [UInt8]) -> Batch? {
        guard bytes.count >= blockHeaderBytes else { return nil }
        func number(_ start: Int) -> Int64 {
            Int64(bitPattern: (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) })
        }
        // A block that was begun and not written.
        guard number(0) != 0 else { return nil }
        return Batch(end: number(16), time: number(0))
    }

    private func load(_ block: Int) {
        let bytes = bytes(block, Self.blockBytes)
        batches = Self.batches(in: bytes)
        self.block = block
    }

    /// All entries of a block.
    static func batches(in bytes: [UInt8]) -> [Batch] {
        guard var last = header(bytes) else { return [] }
        var batches = [last]
        var index = blockHeaderBytes
        func varint() -> Int64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), through: 63, by: 7) {
                guard index < bytes.count else { return nil }
                let byte = bytes[index]
                index += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return Int64(exactly: value) }
            }
            return nil
        }
        while let microseconds = varint(), let count = varint() {
            guard microseconds != 0 || count != 0 else { break }
            last = Batch(end: last.end &+ count, time: last.time &+ microseconds &* 1000)
            batches.append(last)
        }
        return batches
    }
}
