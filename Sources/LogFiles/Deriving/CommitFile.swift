import Glibc
import LinuxSystem
import SupervisorCore

/// What a derived target holds and where each of its sources goes on.
struct CommitRecord: Hashable, Sendable {
    /// Counts up with each commit.
    var serial: UInt64 = 0
    /// The derived file; `nil` for the journal.
    var target: FileStatus.Identity?
    /// The length of the derived file.
    var length: Int64 = 0
    /// The positions by the number of their source's path.
    var positions: [UInt64: SourcePosition] = [:]

    /// The number of a source's path (FNV-1a).
    static func key(of path: String) -> UInt64 {
        path.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}

/// The commit record beside a derived file: two slots of fixed size that are written in turn, each with a checksum.
///
/// A commit that was torn, by whatever, leaves the one before. No fsync for each: what the kernel has survives us, and
/// after a power cut an older record leads back to an earlier place in file and sources alike.
///
/// The file: `NOVICMT1`, u32 capacity, then from 64 on two slots. A slot: u64 serial, u64 device, u64 inode, i64 length,
/// u32 count, u32 checksum of all of the slot but this; then per source u64 key, u64 device, u64 inode, i64 offset, u64
/// sequence, u32 checksum, u8 flags (1 inside a line, 2 has a file, 4 has a level), u8 level, u16 zero. Little-endian.
final class CommitFile {
    private let path: String
    private var file: Descriptor?
    private var capacity = 0
    /// The last record that was read or written.
    private(set) var record: CommitRecord?

    private static let magic = Array("NOVICMT1".utf8)
    private static let headerBytes = 64
    private static let slotHeaderBytes = 40
    private static let entryBytes = 48
    private static let maximumSources = 4096

    /// Opens a record; one that does not exist, or that is none, is a new one.
    ///
    /// - Throws: `SystemError` when the path cannot be read.
    init(_ path: String) throws(SystemError) {
        self.path = path
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileContents.read(path, limit: 1 << 20)
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
            return
        }
        guard bytes.count >= Self.headerBytes, bytes.starts(with: Self.magic) else { return }
        var reader = ByteReader(bytes, from: 8)
        let capacity = Int(reader.number(4))
        guard (1...Self.maximumSources).contains(capacity) else { return }
        self.capacity = capacity
        let size = slotBytes
        record = [0, 1].compactMap { index -> CommitRecord? in
            let start = Self.headerBytes + index * size
            guard start + size <= bytes.count else { return nil }
            return Self.decode(Array(bytes[start..<start + size]))
        }.max { $0.serial < $1.serial }
    }

    private var slotBytes: Int { Self.slotHeaderBytes + capacity * Self.entryBytes }

    /// Writes a record in place of the older of the two.
    ///
    /// - Throws: `SystemError`; the record before holds then.
    func write(_ new: CommitRecord) throws(SystemError) {
        var new = new
        new.serial = (record?.serial ?? 0) &+ 1
        guard file != nil, new.positions.count <= capacity else {
            try replace(new)
            return
        }
        try write(Self.encode(new, capacity: capacity), slot: Int(new.serial & 1))
        record = new
    }

    /// Says that others may have removed the file: it is made anew with the next record.
    func forgetFile() {
        file = nil
    }

    /// Makes the file anew with room for more sources than there are.
    private func replace(_ new: CommitRecord) throws(SystemError) {
        capacity = max(capacity, (new.positions.count + 8) & ~7)
        var bytes = Self.magic
        bytes.append(number: UInt64(capacity), 4)
        bytes += [UInt8](repeating: 0, count: Self.headerBytes + 2 * slotBytes - bytes.count)
        let start = Self.headerBytes + Int(new.serial & 1) * slotBytes
        bytes.replaceSubrange(start..<start + slotBytes, with: Self.encode(new, capacity: capacity))
        // Once in its life on the disk for sure: without any record everything would be derived again.
        try AtomicFile.replace(path, bytes, mode: 0o640)
        file = Descriptor(
            try SystemCall.check("open", path) { open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC) }
        )
        record = new
    }

    private func write(_ bytes: [UInt8], slot: Int) throws(SystemError) {
        guard let file else { return }
        let start = off_t(Self.headerBytes + slot * slotBytes)
        let count = try SystemCall.check("write", path) { pwrite(file.rawValue, bytes, bytes.count, start) }
        guard count == bytes.count else { throw SystemError("write", ENOSPC, path) }
    }

    // MARK: - Bytes

    static func encode(_ record: CommitRecord, capacity: Int) -> [UInt8] {
        var head: [UInt8] = []
        head.append(number: record.serial, 8)
        head.append(number: record.target?.device ?? 0, 8)
        head.append(number: record.target?.inode ?? 0, 8)
        head.append(number: UInt64(bitPattern: record.length), 8)
        head.append(number: UInt64(record.positions.count), 4)
        var entries: [UInt8] = []
        entries.reserveCapacity(capacity * entryBytes)
        for (key, position) in record.positions {
            entries.append(number: key, 8)
            entries.append(number: position.identity?.device ?? 0, 8)
            entries.append(number: position.identity?.inode ?? 0, 8)
            entries.append(number: UInt64(bitPattern: position.offset), 8)
            entries.append(number: UInt64(clamping: position.sequence), 8)
            entries.append(number: UInt64(position.checksum), 4)
            let flags =
                (position.isInsideLine ? 1 : 0) | (position.identity == nil ? 0 : 2)
                | (position.level == nil ? 0 : 4)
            entries.append(UInt8(flags))
            entries.append(UInt8(clamping: position.level?.rawValue ?? 0))
            entries.append(number: 0, 2)
        }
        entries += [UInt8](repeating: 0, count: capacity * entryBytes - entries.count)
        let checksum = Checksum.of(head + entries)
        head.append(number: UInt64(checksum), 4)
        return head + entries
    }

    static func decode(_ bytes: [UInt8]) -> CommitRecord? {
        guard bytes.count >= slotHeaderBytes else { return nil }
        var reader = ByteReader(bytes, from: 0)
        var record = CommitRecord()
        record.serial = reader.number(8)
        let target = FileStatus.Identity(device: reader.number(8), inode: reader.number(8))
        record.target = target.inode == 0 ? nil : target
        record.length = Int64(bitPattern: reader.number(8))
        let count = Int(reader.number(4))
        let checksum = UInt32(truncatingIfNeeded: reader.number(4))
        // A slot that was never written is all zeros, and its checksum is not.
        guard slotHeaderBytes + count * entryBytes <= bytes.count, record.length >= 0,
            Checksum.of(bytes[..<(slotHeaderBytes - 4)] + bytes[slotHeaderBytes...]) == checksum
        else { return nil }
        for _ in 0..<count {
            let key = reader.number(8)
            let identity = FileStatus.Identity(device: reader.number(8), inode: reader.number(8))
            let offset = Int64(bitPattern: reader.number(8))
            let sequence = Int(clamping: reader.number(8))
            let tail = UInt32(truncatingIfNeeded: reader.number(4))
            let flags = reader.number(1)
            let level = Int(reader.number(1))
            _ = reader.number(2)
            guard offset >= 0 else { return nil }
            record.positions[key] = SourcePosition(
                sequence: sequence,
                identity: flags & 2 != 0 ? identity : nil,
                offset: offset,
                checksum: tail,
                isInsideLine: flags & 1 != 0,
                level: flags & 4 != 0 ? LogLevel(rawValue: level) : nil
            )
        }
        return record
    }
}

/// Reads little-endian numbers in order; behind the end there are zeros.
private struct ByteReader {
    private let bytes: [UInt8]
    private var index: Int

    init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        index = start
    }

    mutating func number(_ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<count where index + place < bytes.count {
            value |= UInt64(bytes[index + place]) << UInt64(8 * place)
        }
        index += count
        return value
    }
}

extension [UInt8] {
    /// Appends a little-endian number.
    fileprivate mutating func append(number: UInt64, _ count: Int) {
        for place in 0..<count {
            append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place)))
        }
    }
}
