import CZlib
import Glibc
import LinuxSystem
import SupervisorCore

/// Turns a rotated file into a gzip file (RFC 1952) so that at every instant one whole copy is there.
enum LogCompression {
    private static let blockBytes = 64 << 10
    /// The name of a compression under way.
    static let temporarySuffix = ".gz.tmp"

    /// Compresses a file and removes it; its times stay.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - shouldStop: Asked between blocks; what was written is removed then.
    /// - Returns: Where it is now; `nil` when it was told to stop.
    /// - Throws: `SystemError`; the file is as it was then.
    static func compress(_ path: String, shouldStop: () -> Bool) throws(SystemError) -> String? {
        let temporary = path + temporarySuffix
        let target = path + RotatedLog.compressedSuffix
        _ = unlink(temporary)
        do throws(SystemError) {
            let source = Descriptor(
                try SystemCall.check("compress", path) {
                    Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
                }
            )
            let status = try FileStatus(descriptor: source.rawValue)
            let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let output = Descriptor(
                try SystemCall.check("compress to", temporary) {
                    Glibc.open(temporary, flags, status.mode & 0o777)
                }
            )
            guard let written = try write(source, to: output, temporary, shouldStop) else {
                _ = unlink(temporary)
                return nil
            }
            let read = try check(output, temporary)
            guard written.bytes == status.size, written == read else {
                throw SystemError(
                    "compress",
                    EIO,
                    path,
                    explanation: "what was written reads back differently"
                )
            }
            var times = [timespec(), timespec()]
            times[0].tv_sec = Int(status.modifiedNanoseconds / 1_000_000_000)
            times[0].tv_nsec = Int(status.modifiedNanoseconds % 1_000_000_000)
            times[1] = times[0]
            futimens(output.rawValue, times)
            try SystemCall.check("compress to", temporary) { fsync(output.rawValue) }
            // A link is not made over another file, a rename would be.
            try SystemCall.check("compress to", target) { link(temporary, target) }
            _ = unlink(temporary)
            try Directory.synchronize(Directory.parent(of: path))
            try SystemCall.check("remove", path) { unlink(path) }
            return target
        } catch {
            _ = unlink(temporary)
            throw error
        }
    }

    /// What went through.
    private struct Sum: Equatable {
        var bytes: Int64 = 0
        var checksum: UInt = 0

        mutating func add(_ buffer: UnsafePointer<UInt8>, _ count: Int) {
            bytes += Int64(count)
            checksum = crc32(checksum, buffer, UInt32(count))
        }
    }

    private static func write(
        _ source: Descriptor,
        to output: Descriptor,
        _ path: String,
        _ shouldStop: () -> Bool
    ) throws(SystemError) -> Sum? {
        // The stream closes its descriptor itself.
        let duplicate = try output.duplicate()
        guard let stream = gzdopen(duplicate.rawValue, "wb6") else {
            throw SystemError("compress to", ENOMEM, path)
        }
        _ = duplicate.take()
        var isOpen = true
        defer { if isOpen { gzclose(stream) } }
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: blockBytes)
        defer { buffer.deallocate() }
        var sum = Sum()
        while true {
            guard !shouldStop() else { return nil }
            let count = SystemCall.repeating { Glibc.read(source.rawValue, buffer, blockBytes) }
            guard count >= 0 else { throw SystemError("read log file", errno) }
            guard count > 0 else { break }
            sum.add(buffer, count)
            guard gzwrite(stream, buffer, UInt32(count)) == Int32(count) else {
                throw SystemError("compress to", errno == 0 ? EIO : errno, path)
            }
        }
        isOpen = false
        errno = 0
        guard gzclose(stream) == Z_OK else {
            throw SystemError("compress to", errno == 0 ? EIO : errno, path)
        }
        return sum
    }

    private static func check(_ output: Descriptor, _ path: String) throws(SystemError) -> Sum {
        let duplicate = try output.duplicate()
        lseek(duplicate.rawValue, 0, SEEK_SET)
        guard let stream = gzdopen(duplicate.rawValue, "rb") else { throw SystemError("read", ENOMEM, path) }
        _ = duplicate.take()
        defer { gzclose(stream) }
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: blockBytes)
        defer { buffer.deallocate() }
        var sum = Sum()
        while true {
            let count = gzread(stream, buffer, UInt32(blockBytes))
            guard count >= 0 else { throw SystemError("read", EIO, path) }
            guard count > 0 else { return sum }
            sum.add(buffer, Int(count))
        }
    }

    /// Finishes what an earlier daemon was killed at: removes halves, and sources whose compressed copy is whole.
    ///
    /// - Parameters:
    ///   - log: Whose rotated files.
    ///   - folders: The names in their folders.
    static func cleanUp(after log: LogPath, in folders: inout LogFolders) {
        for folder in [log.folder, log.archiveFolder] {
            for name in folders.names(in: folder) where name.hasSuffix(temporarySuffix) {
                let plain = String(name.dropLast(temporarySuffix.count))
                guard RotatedLog.parse(plain, of: log) != nil,
                    !folders.hasNearerOwner("\(folder)/\(plain)", than: log),
                    RotatedLog.ownStatus("\(folder)/\(name)") != nil
                else { continue }
                _ = unlink("\(folder)/\(name)")
            }
        }
        for (file, facts) in RotatedLog.own(of: log, in: &folders) where !file.isCompressed {
            let copy = file.path + RotatedLog.compressedSuffix
            guard RotatedLog.ownStatus(copy) != nil, holds(copy, file.path, facts.bytes) else { continue }
            _ = unlink(file.path)
        }
    }

    /// Whether a compressed file holds exactly the bytes of a plain one: a file of that name may also be somebody else's.
    private static func holds(_ copy: String, _ path: String, _ length: Int64) -> Bool {
        guard let packed = try? open(copy), let plain = try? open(path),
            let whole = try? sum(ofPlain: plain), whole.bytes == length
        else { return false }
        return (try? check(packed, copy)) == whole
    }

    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        Descriptor(
            try SystemCall.check("open log file", path) {
                Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            }
        )
    }

    private static func sum(ofPlain file: Descriptor) throws(SystemError) -> Sum {
        var sum = Sum()
        while let bytes = try file.read(upTo: blockBytes), !bytes.isEmpty {
            bytes.withUnsafeBufferPointer { buffer in
                if let start = buffer.baseAddress { sum.add(start, buffer.count) }
            }
        }
        return sum
    }
}
