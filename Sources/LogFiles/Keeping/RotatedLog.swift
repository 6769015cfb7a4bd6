import LinuxSystem

/// A rotated file of a primary log, compressed or not, beside it or in the archive.
struct RotatedLog: Hashable {
    var path: String
    var sequence: Int
    var isCompressed: Bool

    /// Which file it is, or was before it was compressed; `nil` when nobody knows.
    ///
    /// The index of a compressed file still names the file that it was made for.
    var identity: FileStatus.Identity? {
        guard isCompressed else { return try? FileStatus(path: path, followsLinks: false).identity }
        let plain = String(path.dropLast(Self.compressedSuffix.count))
        return TimeIndexHeader.identity(inIndexAt: LogPath.index(of: plain))
    }

    static let compressedSuffix = ".gz"

    /// Its time index, which keeps its name when the file is compressed.
    var indexPath: String {
        LogPath.index(of: isCompressed ? String(path.dropLast(Self.compressedSuffix.count)) : path)
    }

    /// All rotated files of a log, oldest first; a file that is there twice, as while it is compressed, once.
    static func all(of log: LogPath) -> [RotatedLog] {
        var folders = LogFolders()
        return all(of: log, in: &folders)
    }

    /// The same, for a look at many logs.
    static func all(of log: LogPath, in folders: inout LogFolders) -> [RotatedLog] {
        var found: [Int: RotatedLog] = [:]
        for folder in [log.archiveFolder, log.folder] {
            for name in folders.names(in: folder) {
                guard let (sequence, isCompressed) = parse(name, of: log) else { continue }
                // The uncompressed one is the source; it goes only when the other is whole.
                let other = found[sequence]
                if let other, !other.isCompressed, Directory.parent(of: other.path) == folder { continue }
                found[sequence] = RotatedLog(
                    path: "\(folder)/\(name)",
                    sequence: sequence,
                    isCompressed: isCompressed
                )
            }
        }
        return found.values.sorted { $0.sequence < $1.sequence }
    }

    /// Whether a name has at least four digits behind a dash and then a dot or nothing, as those of all rotated logs do.
    static func mayBeName(_ name: String) -> Bool {
        /// Since the last dash; `nil` when something else was there.
        var digits: Int?
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "-"): digits = 0
            case 0x30...0x39: digits = digits.map { $0 + 1 }
            case UInt8(ascii: ".") where (digits ?? 0) >= 4: return true
            default: digits = nil
            }
        }
        return (digits ?? 0) >= 4
    }

    /// `STEM-DATE-SEQUENCE.SUFFIX`, perhaps with `.gz`, with a date that the log's pattern can have produced.
    static func parse(_ name: String, of log: LogPath) -> (sequence: Int, isCompressed: Bool)? {
        // `api-error-…` and `api-1-…` are not files of `api`.
        guard let parts = parts(of: name, log),
            RotationDate.isPossible(parts.date, pattern: log.datePattern)
        else { return nil }
        return (parts.sequence, parts.isCompressed)
    }

    private static func parts(
        of name: String,
        _ log: LogPath
    ) -> (date: Substring, sequence: Int, isCompressed: Bool)? {
        guard name.hasPrefix(log.stem + "-") else { return nil }
        var rest = name.dropFirst(log.stem.count + 1)
        let isCompressed = rest.hasSuffix(compressedSuffix)
        if isCompressed { rest = rest.dropLast(compressedSuffix.count) }
        guard rest.hasSuffix(log.suffix) else { return nil }
        rest = rest.dropLast(log.suffix.count)
        guard let dash = rest.lastIndex(of: "-"), dash > rest.startIndex else { return nil }
        let digits = rest[rest.index(after: dash)...]
        guard digits.utf8.count >= 4, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let sequence = Int(digits)
        else { return nil }
        return (rest[..<dash], sequence, isCompressed)
    }

    /// The highest number in a name like those of a log's rotated files, whatever date pattern it had then.
    static func highestSequence(of log: LogPath) -> Int {
        var folders = LogFolders()
        return [log.archiveFolder, log.folder].reduce(0) { highest, folder in
            folders.names(in: folder).reduce(highest) { max($0, parts(of: $1, log)?.sequence ?? 0) }
        }
    }
}

/// The head of a time index, as far as readers of the log itself need it.
enum TimeIndexHeader {
    /// The log file that an index was made for.
    static func identity(inIndexAt path: String) -> FileStatus.Identity? {
        guard let bytes = FileStart.read(path, 64), bytes.count == 64,
            bytes.starts(with: Array("NOVILOG1".utf8))
        else { return nil }
        func number(_ start: Int) -> UInt64 {
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
        return FileStatus.Identity(device: number(8), inode: number(16))
    }
}
