import Glibc
public import LinuxSystem

/// Writes the time index beside a log (docs/LOGS.md): which bytes were there at what time.
///
/// An index is a help for readers, never a condition for writing: whoever calls may ignore its errors. It holds no block in
/// memory, since a daemon has two of these for every process: an entry is written where it belongs at once. At most one a
/// millisecond: what follows sooner goes into the next one, and what no entry speaks of has the log's own mtime.
public final class TimeIndexWriter {
    /// The machine's present boot, 16 bytes; an index notes which boot its boot clock belongs to.
    public typealias BootID = [UInt8]

    /// The layout of an index file.
    public enum Layout {
        /// The bytes of the header.
        public static let header = 64
        /// The bytes of a block.
        public static let block = 4096
        /// The bytes at the start of a block.
        public static let blockHeader = 24
        static let magic = Array("NOVILOG1".utf8)
    }

    private let file: Descriptor
    private var blockStart: Int64
    /// Where in the block the next entry goes; 0 when the next entry begins a new block.
    private var position = 0
    private var lastOffset: Int64
    private var lastBoot: Int64 = 0
    /// The last note that came too soon after an entry to be one.
    private var skipped: (offset: Int64, wall: Int64, boot: Int64)?
    /// How many bytes of an entry that failed may lie where the next one goes.
    private var tornBytes = 0
    /// The wall clock less the boot clock at the start of the block.
    private var blockShift: Int64 = 0

    private static let entryNanoseconds: Int64 = 1_000_000
    /// The longest entry that is no block header.
    private static let longestEntry = 20
    private static let shiftNanoseconds: Int64 = 10_000_000

    /// Opens the index of a log, or makes it anew where it is of another file.
    ///
    /// - Parameters:
    ///   - log: The path of the log.
    ///   - identity: Which file the log is.
    ///   - offset: Its length.
    ///   - bootID: The present boot, 16 bytes.
    ///   - restarts: Whether the log was cut or replaced, so that older entries do not count.
    ///   - modified: When the log was changed last, in nanoseconds since 1970, for bytes that no entry speaks of yet, as after
    ///     a crash (M4); `nil` leaves them to the next entry.
    /// - Throws: `SystemError`.
    public init(
        log: String,
        identity: FileStatus.Identity,
        offset: Int64,
        bootID: BootID,
        restarts: Bool = false,
        modified: Int64? = nil
    ) throws(SystemError) {
        let path = LogPath.index(of: log)
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let fd = open(path, flags, 0o640)
        guard fd >= 0 else { throw SystemError("open index", errno, path) }
        file = Descriptor(fd)
        lastOffset = offset
        let size = try FileStatus(descriptor: fd).size
        var header = [UInt8](repeating: 0, count: Layout.header)
        let isWhole = pread(fd, &header, Layout.header, 0) == Layout.header
        let isOurs =
            isWhole && header.starts(with: Layout.magic) && Self.number(header, 8) == identity.device
            && Self.number(header, 16) == identity.inode
        let body = max(0, size - Int64(Layout.header))
        let blocks = (body + Int64(Layout.block) - 1) / Int64(Layout.block)
        let known = isOurs ? Self.lastOffset(in: fd, blocks: blocks, header) : 0
        // An index that speaks of more than is there is of a log that was cut.
        if isOurs, !restarts, known <= offset {
            // The last entry may be torn; a new block begins behind it.
            blockStart = Int64(Layout.header) + blocks * Int64(Layout.block)
            if Array(header[32..<48]) != bootID {
                // Boot clocks of several boots cannot be compared: the wall clock alone counts from here on.
                try write([UInt8](repeating: 0, count: 16), at: 32)
            }
            lastOffset = known
            if let modified { try note(offset: offset, wall: modified, boot: 0) }
            lastOffset = offset
            return
        }
        let generation = isOurs ? UInt64(truncatingIfNeeded: Self.number(header, 24) & 0xFFFF_FFFF) + 1 : 1
        blockStart = Int64(Layout.header)
        guard ftruncate(fd, 0) == 0 else { throw SystemError("empty index", errno, path) }
        var fresh = Layout.magic
        Self.append(identity.device, to: &fresh)
        Self.append(identity.inode, to: &fresh)
        Self.append(generation & 0xFFFF_FFFF, to: &fresh)
        fresh += bootID.prefix(16) + [UInt8](repeating: 0, count: max(0, 16 - bootID.count))
        Self.append(UInt64(bitPattern: offset), to: &fresh)
        fresh += [UInt8](repeating: 0, count: Layout.header - fresh.count)
        try write(fresh, at: 0)
        lastOffset = 0
        if let modified { try note(offset: offset, wall: modified, boot: 0) }
        lastOffset = offset
    }

    /// The offset that the last entry speaks of.
    private static func lastOffset(in fd: Int32, blocks: Int64, _ header: [UInt8]) -> Int64 {
        guard blocks > 0 else { return Int64(bitPattern: number(header, 48)) }
        let start = off_t(Int64(Layout.header) + (blocks - 1) * Int64(Layout.block))
        let bytes = [UInt8](unsafeUninitializedCapacity: Layout.block) { buffer, count in
            count = max(0, SystemCall.repeating { pread(fd, buffer.baseAddress, Layout.block, start) })
        }
        return IndexCursor.batches(in: bytes).last?.end ?? 0
    }

    /// Notes that the log has this length at this time.
    ///
    /// - Parameters:
    ///   - offset: The length of the log.
    ///   - wall: Nanoseconds since 1970.
    ///   - boot: Nanoseconds since boot.
    /// - Throws: `SystemError`; the index is incomplete then and still right, and a later note goes on behind it.
    public func note(offset: Int64, wall: Int64, boot: Int64) throws(SystemError) {
        guard offset > lastOffset else { return }
        if position > 0, boot - lastBoot < Self.entryNanoseconds, boot >= lastBoot {
            skipped = (offset, wall, boot)
            return
        }
        if let skipped {
            // What was left out is told when nothing came for a while: it must not have the time of what comes now.
            if boot - skipped.boot >= Self.entryNanoseconds || boot < skipped.boot {
                try enter(offset: skipped.offset, wall: skipped.wall, boot: skipped.boot)
            }
            self.skipped = nil
        }
        do throws(SystemError) {
            try enter(offset: offset, wall: wall, boot: boot)
        } catch {
            skipped = (offset, wall, boot)
            throw error
        }
    }

    private func enter(offset: Int64, wall: Int64, boot: Int64) throws(SystemError) {
        var bytes: [UInt8] = []
        let shift = wall - boot
        if position > 0, boot >= lastBoot, abs(shift - blockShift) < Self.shiftNanoseconds {
            bytes.reserveCapacity(Self.longestEntry)
            Self.appendVarint(UInt64((boot - lastBoot) / 1000), to: &bytes)
            Self.appendVarint(UInt64(offset - lastOffset), to: &bytes)
            if position + bytes.count <= Layout.block {
                let count = bytes.count
                bytes += zeros(behind: count)
                tornBytes = max(tornBytes, count)
                try write(bytes, at: blockStart + Int64(position))
                tornBytes = 0
                position += count
                // What was cut off below a microsecond must not add up.
                lastBoot += (boot - lastBoot) / 1000 * 1000
                lastOffset = offset
                return
            }
            bytes.removeAll(keepingCapacity: true)
        }
        var start = blockStart
        if position > 0 {
            if tornBytes > 0 { try write(zeros(behind: 0), at: blockStart + Int64(position)) }
            tornBytes = 0
            start += Int64(Layout.block)
        }
        Self.append(UInt64(bitPattern: wall), to: &bytes)
        Self.append(UInt64(bitPattern: boot), to: &bytes)
        Self.append(UInt64(bitPattern: offset), to: &bytes)
        try write(bytes, at: start)
        blockStart = start
        position = Layout.blockHeader
        blockShift = shift
        lastBoot = boot
        lastOffset = offset
    }

    /// What covers the rest of an entry that failed: a pair of zeros ends a block.
    private func zeros(behind count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: max(0, min(tornBytes, Layout.block - position) - count))
    }

    private func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(
                    file.rawValue,
                    buffer.baseAddress?.advanced(by: done),
                    bytes.count - done,
                    off_t(offset) + off_t(done)
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write index", errno) }
            done += count
        }
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
