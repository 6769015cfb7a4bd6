import CZlib
import Glibc
import LinuxSystem

/// A log file being read: the live one, a rotated one, or one that was compressed meanwhile.
final class SourceFile {
    let path: String
    let identity: FileStatus.Identity
    /// The sequence number of a rotated file; `nil` for the live one.
    let sequence: Int?
    /// The lowest sequence number that the live file can get.
    let lowestSequence: Int
    private let file: Descriptor
    /// How a compressed file is read: onward; going back costs reading it from its start.
    private let compressed: gzFile?

    /// Opens the live file.
    init(live path: String, lowestSequence: Int) throws(SystemError) {
        file = try Self.open(path)
        self.path = path
        identity = try FileStatus(descriptor: file.rawValue).identity
        sequence = nil
        compressed = nil
        self.lowestSequence = lowestSequence
    }

    /// Opens a rotated file.
    init(_ rotated: RotatedLog) throws(SystemError) {
        file = try Self.open(rotated.path)
        path = rotated.path
        let own = try FileStatus(descriptor: file.rawValue).identity
        identity = rotated.isCompressed ? rotated.identity ?? own : own
        sequence = rotated.sequence
        lowestSequence = rotated.sequence
        guard rotated.isCompressed else {
            compressed = nil
            return
        }
        // The stream closes its descriptor itself.
        let duplicate = try file.duplicate()
        guard let stream = gzdopen(duplicate.rawValue, "rb") else {
            throw SystemError("open log file", ENOMEM, rotated.path)
        }
        _ = duplicate.take()
        gzbuffer(stream, 64 << 10)
        compressed = stream
    }

    /// All files of a log as they are now, each once, the oldest first.
    static func all(of log: LogPath) -> (rotated: [RotatedLog], live: SourceFile?) {
        // The live file first: what is rotated between the two looks is then there twice, not missing.
        let live = try? FileStatus(path: log.path, followsLinks: false)
        let rotated = RotatedLog.all(of: log)
        guard let live, live.kind == .regular, rotated.last?.identity != live.identity else {
            return (rotated, nil)
        }
        let opened = try? SourceFile(live: log.path, lowestSequence: (rotated.last?.sequence ?? 0) + 1)
        return (rotated, opened)
    }

    deinit {
        if let compressed { gzclose(compressed) }
    }

    /// Opens a regular file; a device such as `/dev/full` would be read without an end.
    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        let file = Descriptor(
            try SystemCall.check("open log file", path) {
                Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
            }
        )
        guard try FileStatus(descriptor: file.rawValue).kind == .regular else {
            throw SystemError("open log file", Self.notRegular, path, explanation: "it is no regular file")
        }
        return file
    }

    /// The error number of what is there and is no regular file.
    static let notRegular = ENODEV

    /// Whether it was rotated when it was opened, so that nothing more comes.
    var isRotated: Bool { sequence != nil }

    /// Where its time index lies; that of a compressed file keeps its name.
    var indexPath: String {
        let suffix = RotatedLog.compressedSuffix
        return LogPath.index(of: compressed == nil ? path : String(path.dropLast(suffix.count)))
    }

    /// Whether it can be read onward only.
    var isCompressed: Bool { compressed != nil }

    /// How many bytes it holds; `nil` for a compressed one, which nobody knows before it is read.
    var length: Int64? { isCompressed ? nil : try? status().size }

    /// Its length on disk and last change.
    func status() throws(SystemError) -> (size: Int64, modifiedNanoseconds: Int64) {
        let status = try FileStatus(descriptor: file.rawValue)
        return (status.size, status.modifiedNanoseconds)
    }

    /// Reads at an offset; fewer bytes than asked for only at the end.
    ///
    /// Offsets of a compressed file are those of its contents.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        if let compressed { return try read(compressed, at: offset, into: buffer) }
        var count = 0
        while count < buffer.count {
            let result = try SystemCall.check("read", path) {
                pread(
                    file.rawValue,
                    buffer.baseAddress.map { $0 + count },
                    buffer.count - count,
                    off_t(offset + Int64(count))
                )
            }
            if result == 0 { break }
            count += result
        }
        return count
    }

    private func read(
        _ stream: gzFile,
        at offset: Int64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        if gztell(stream) != offset {
            guard gzseek(stream, off_t(offset), SEEK_SET) == offset else {
                throw SystemError("read", EIO, path, explanation: "the compressed file is damaged")
            }
        }
        let count = gzread(stream, buffer.baseAddress, UInt32(clamping: buffer.count))
        var error: Int32 = Z_OK
        _ = gzerror(stream, &error)
        // A file that was cut off gives what it has first. One whose beginning is gone zlib would give as it is.
        let isWhole = count > 0 || count == 0 && (error == Z_OK || error == Z_STREAM_END)
        guard isWhole, gzdirect(stream) == 0 else {
            throw SystemError("read", EIO, path, explanation: "the compressed file is damaged")
        }
        return Int(count)
    }

    /// The checksum of the bytes before an offset; `nil` when they are not there.
    func checksum(before offset: Int64) -> UInt32? {
        let count = Int(min(offset, Int64(SourcePosition.checkedBytes)))
        guard count > 0 else { return offset == 0 ? 0 : nil }
        return withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { buffer -> UInt32? in
            guard (try? read(at: offset - Int64(count), into: buffer)) == count else { return nil }
            return Checksum.of(buffer)
        }
    }
}

/// The first bytes of small files.
enum FileStart {
    static func read(_ path: String, _ count: Int) -> [UInt8]? {
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard number >= 0 else { return nil }
        let file = Descriptor(number)
        return (try? file.read(upTo: count)) ?? nil
    }
}
