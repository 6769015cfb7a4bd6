import LinuxSystem
import SupervisorCore

/// How far a reader is behind, and how it catches up.
extension PrimaryTail {
    private static let searchedBytes = 64 << 10

    /// How many bytes of the log are not read yet, those of files that were rotated meanwhile included.
    ///
    /// Compressed files count with their size on the disk.
    var backlog: Int64 {
        guard let file else { return bytes(from: base.sequence, RotatedLog.all(of: log)) }
        guard let size = try? file.status().size else { return 0 }
        let own = file.isCompressed ? size : max(0, size - fileOffset)
        if !file.isRotated, isLive(file) { return own }
        let rotated = RotatedLog.all(of: log)
        let sequence = file.sequence ?? ownSequence(of: file, among: rotated) ?? file.lowestSequence
        return own + bytes(from: sequence + 1, rotated)
    }

    /// The sizes of the rotated files from a number on, and of the live one.
    private func bytes(from sequence: Int, _ rotated: [RotatedLog]) -> Int64 {
        let paths = rotated.filter { $0.sequence >= sequence }.map(\.path) + [log.path]
        return paths.reduce(0) { total, path in
            let status = try? FileStatus(path: path, followsLinks: false)
            return total + (status?.kind == .regular ? status?.size ?? 0 : 0)
        }
    }

    /// Leaves out what is there and goes on with the last line that is being written; for readers who may miss something.
    ///
    /// - Returns: How many bytes were left out.
    func skipToEnd() -> Int64 {
        guard let live = try? openLive(), let size = try? live.status().size else { return 0 }
        let isSame = file?.identity == live.identity
        let start = max(lineStart(in: live, before: size), isSame ? fileOffset : 0)
        let skipped = Int64(assembler.pendingBytes) + max(0, backlog - (size - start))
        if !isSame { move(to: live) }
        given = nil
        needsFinish = false
        segments = []
        overlap = []
        fileOffset = start
        assembler.reset()
        times.forget()
        return skipped
    }

    /// Where the line begins that is at an offset; the offset itself inside a very long one, whose rest is shown.
    private func lineStart(in file: SourceFile, before offset: Int64) -> Int64 {
        let count = Int(min(offset, Int64(Self.searchedBytes)))
        return withUnsafeTemporaryAllocation(byteCount: max(1, count), alignment: 8) { buffer in
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            guard (try? file.read(at: offset - Int64(count), into: part)) == count,
                let end = part.lastIndex(of: 0x0A)
            else { return count == Int(offset) ? 0 : offset }
            return offset - Int64(count - end) + 1
        }
    }
}
