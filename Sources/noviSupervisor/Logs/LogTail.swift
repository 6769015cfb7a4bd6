import Glibc
import LinuxSystem

/// Reads the end of a log file.
enum LogTail {
    /// The most that is read for a page; what is longer is cut at its front.
    private static let maximumBytes = 1 << 20

    /// The last lines of a file as text; nothing for a file that cannot be read.
    static func lastLines(_ count: Int, of path: String) -> [String] {
        guard let file = try? LogReader(path) else { return [] }
        let start = max(file.offset(ofLastLines: count), file.size - Int64(maximumBytes))
        let bytes = file.read(from: start, upTo: maximumBytes)
        return bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// One log file, read by blocks.
final class LogReader {
    private let file: Descriptor
    private let path: String
    /// The file's identity when it was opened.
    private let identity: FileStatus.Identity
    /// Up to where it was read.
    private(set) var position: Int64 = 0

    private static let blockBytes = 65_536
    private static let maximumSearch: Int64 = 1 << 30

    /// Opens a file for reading.
    init(_ path: String) throws(SystemError) {
        self.path = path
        file = Descriptor(
            try SystemCall.check("read", path) { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        )
        identity = try FileStatus(descriptor: file.rawValue).identity
    }

    /// The length of the file.
    var size: Int64 { (try? FileStatus(descriptor: file.rawValue).size) ?? 0 }

    /// Whether the path names another file by now.
    var isReplaced: Bool {
        guard let status = try? FileStatus(path: path) else { return false }
        return status.identity != identity
    }

    /// Where the last `count` lines begin, found by reading backwards in blocks; at most a gigabyte.
    func offset(ofLastLines count: Int) -> Int64 {
        guard count > 0 else { return size }
        let end = size
        var start = end
        var found = 0
        while start > 0, end - start < Self.maximumSearch {
            let length = min(Int64(Self.blockBytes), start)
            start -= length
            let block = read(from: start, upTo: Int(length))
            for index in block.indices.reversed() where block[index] == 0x0A {
                let offset = start + Int64(index)
                // The line end at the very end of the file closes the last line; it begins no other.
                if offset == end - 1 { continue }
                found += 1
                if found == count { return offset + 1 }
            }
        }
        return start
    }

    /// How many lines a file of at most `limit` lines has; counted from its start.
    func lineCount(upTo limit: Int) -> Int {
        var offset: Int64 = 0
        var count = 0
        var last: UInt8 = 0x0A
        while count <= limit {
            let block = read(from: offset, upTo: Self.blockBytes)
            guard let end = block.last else { break }
            for byte in block where byte == 0x0A { count += 1 }
            last = end
            offset += Int64(block.count)
        }
        return last == 0x0A ? count : count + 1
    }

    /// Bytes from an offset.
    func read(from offset: Int64, upTo count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let start = filled
            let result = bytes.withUnsafeMutableBytes { buffer in
                pread(
                    file.rawValue,
                    buffer.baseAddress?.advanced(by: start),
                    count - start,
                    off_t(offset) + off_t(start)
                )
            }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { break }
            filled += result
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Goes to an offset.
    func seek(to offset: Int64) {
        position = offset
    }

    /// The next bytes, or none when there are none now.
    ///
    /// A file that got shorter is read from its start.
    func next() -> [UInt8] {
        if size < position { position = 0 }
        let bytes = read(from: position, upTo: Self.blockBytes)
        position += Int64(bytes.count)
        return bytes
    }
}
