import Glibc
import LinuxSystem

/// Moves rotated files to the archive folder, also to another device, so that at every instant one whole copy is there.
enum LogArchiving {
    private static let blockBytes = 64 << 10
    /// The end of the name of a copy under way.
    static let temporarySuffix = ".moving"

    /// Moves a file and its index.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - folder: Where to; made when it is not there.
    ///   - mayCopy: Whether it may become another file, as on another device; not while something is derived from it.
    /// - Returns: Where it is now; `nil` when it was left because it may not be copied.
    /// - Throws: `SystemError`; the file is where it was then.
    static func move(_ file: RotatedLog, to folder: String, mayCopy: Bool) throws(SystemError) -> String? {
        try Directory.createIfMissing(folder, mode: 0o750)
        let target = "\(folder)/\(name(of: file.path))"
        var moved = file
        moved.path = target
        if FileStatus.exists(target) {
            // A whole copy of an earlier daemon, which was killed before it removed the source.
            guard holdsSame(file.path, target) else {
                throw SystemError("archive log file", EEXIST, target)
            }
            try removeSource(file)
            return target
        }
        do throws(SystemError) {
            try FileContents.rename(file.path, to: target)
        } catch {
            guard error.errorNumber == EXDEV else { throw error }
            guard mayCopy else { return nil }
            try copy(file, to: moved)
            try removeSource(file)
            return target
        }
        try? FileContents.rename(file.indexPath, to: moved.indexPath)
        return target
    }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func removeSource(_ file: RotatedLog) throws(SystemError) {
        try SystemCall.check("remove archived log file", file.path) { unlink(file.path) }
        _ = unlink(file.indexPath)
    }

    // MARK: - Another device

    /// Copies a file with its index; the target has its name only when both are whole and on the disk.
    private static func copy(_ file: RotatedLog, to moved: RotatedLog) throws(SystemError) {
        let folder = Directory.parent(of: moved.path)
        let temporary = "\(folder)/.\(name(of: moved.path))\(temporarySuffix)"
        _ = unlink(temporary)
        do throws(SystemError) {
            let source = try open(file.path)
            let status = try FileStatus(descriptor: source.rawValue)
            let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let output = Descriptor(
                try SystemCall.check("archive to", temporary) {
                    Glibc.open(temporary, flags, status.mode & 0o777)
                }
            )
            guard try copyBytes(source, to: output, temporary) == status.size else {
                throw SystemError("archive", EIO, file.path, explanation: "the copy has another length")
            }
            let seconds = Int(status.modifiedNanoseconds / 1_000_000_000)
            let rest = Int(status.modifiedNanoseconds % 1_000_000_000)
            let times = [timespec(tv_sec: seconds, tv_nsec: rest), timespec(tv_sec: seconds, tv_nsec: rest)]
            futimens(output.rawValue, times)
            try SystemCall.check("archive to", temporary) { fsync(output.rawValue) }
            try copyIndex(of: file, to: moved, FileStatus(descriptor: output.rawValue).identity)
            // A link is not made over another file, a rename would be.
            try SystemCall.check("archive to", moved.path) { link(temporary, moved.path) }
            _ = unlink(temporary)
            try Directory.synchronize(folder)
        } catch {
            _ = unlink(temporary)
            throw error
        }
    }

    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        Descriptor(
            try SystemCall.check("archive", path) { Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        )
    }

    private static func copyBytes(
        _ source: Descriptor,
        to output: Descriptor,
        _ path: String
    ) throws(SystemError) -> Int64 {
        var total: Int64 = 0
        while let bytes = try source.read(upTo: blockBytes), !bytes.isEmpty {
            do throws(SystemError) {
                try output.writeAll(bytes)
            } catch {
                throw SystemError("archive to", error.errorNumber, path)
            }
            total += Int64(bytes.count)
        }
        return total
    }

    /// An index belongs to one file by its number, which a copy has anew; that of a compressed file names the one it was.
    private static func copyIndex(
        of file: RotatedLog,
        to moved: RotatedLog,
        _ identity: FileStatus.Identity
    ) throws(SystemError) {
        guard var bytes = try? FileContents.read(file.indexPath, limit: 64 << 20),
            bytes.count >= TimeIndexWriter.Layout.header
        else { return }
        if !file.isCompressed {
            for (start, number) in [(8, identity.device), (16, identity.inode)] {
                for place in 0..<8 {
                    bytes[start + place] = UInt8(truncatingIfNeeded: number >> UInt64(8 * place))
                }
            }
        }
        try AtomicFile.replace(moved.indexPath, bytes, mode: 0o640)
    }

    // MARK: - What was left undone

    /// Finishes what an earlier daemon was killed at: removes halves, and sources whose copy is whole.
    static func cleanUp(after log: LogPath, in folders: inout LogFolders) {
        for name in folders.names(in: log.archiveFolder) {
            if name.hasPrefix("."), name.hasSuffix(temporarySuffix) {
                let plain = String(name.dropFirst().dropLast(temporarySuffix.count))
                let path = "\(log.archiveFolder)/\(name)"
                if RotatedLog.parse(plain, of: log) != nil, RotatedLog.ownStatus(path) != nil {
                    _ = unlink(path)
                }
                continue
            }
            guard let (sequence, isCompressed) = RotatedLog.parse(name, of: log) else { continue }
            let source = RotatedLog(
                path: "\(log.folder)/\(name)",
                sequence: sequence,
                isCompressed: isCompressed
            )
            let copy = "\(log.archiveFolder)/\(name)"
            guard !folders.hasNearerOwner(copy, than: log), RotatedLog.ownStatus(source.path) != nil,
                RotatedLog.ownStatus(copy) != nil, holdsSame(source.path, copy)
            else { continue }
            try? removeSource(source)
        }
    }

    /// Whether two files hold the same bytes.
    private static func holdsSame(_ path: String, _ other: String) -> Bool {
        guard let first = try? open(path), let second = try? open(other),
            let length = try? FileStatus(descriptor: first.rawValue).size,
            length == (try? FileStatus(descriptor: second.rawValue).size)
        else { return false }
        var rest = length
        while rest > 0 {
            guard let bytes = try? first.read(upTo: blockBytes), !bytes.isEmpty,
                bytes == (try? second.read(upTo: blockBytes))
            else { return false }
            rest -= Int64(bytes.count)
        }
        return true
    }
}
