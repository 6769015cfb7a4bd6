import LinuxSystem
import SupervisorCore

/// The level of an entry in whose midst reading begins: a stack trace has that of the line above it.
enum EntryLevel {
    private static let headBytes = 128
    private static let searchedBytes: Int64 = 64 << 10

    /// Looks at what is before an offset, also in the file before.
    ///
    /// - Parameters:
    ///   - offset: The start of a line.
    ///   - file: Where the line is.
    ///   - older: The file before it.
    ///   - source: Whose lines they are.
    ///   - chunk: A buffer to read to.
    /// - Returns: The level; `nil` when the line at the offset begins an entry.
    static func before(
        _ offset: Int64,
        in file: SourceFile,
        older: RotatedLog?,
        _ source: LogSource,
        _ chunk: UnsafeMutableRawBufferPointer
    ) -> LogLevel? {
        let head = UnsafeMutableRawBufferPointer(rebasing: chunk[..<min(headBytes, chunk.count)])
        guard let count = try? file.read(at: offset, into: head), count > 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: head[..<count]).bindMemory(to: UInt8.self)
        guard source.format.continuesEntry(bytes.span) else { return nil }
        if offset > 0 { return last(in: file, 0..<offset, source, chunk) }
        guard let older, let previous = try? SourceFile(older) else { return nil }
        return last(in: previous, 0..<(previous.length ?? .max), source, chunk)
    }

    /// The level of the last line of a part of a file.
    private static func last(
        in file: SourceFile,
        _ range: Range<Int64>,
        _ source: LogSource,
        _ chunk: UnsafeMutableRawBufferPointer
    ) -> LogLevel? {
        var offset = range.lowerBound
        // The end of a compressed file is not known before it is read.
        if range.upperBound < .max { offset = max(offset, range.upperBound - searchedBytes) }
        var judge = LineJudge(LineConditions(), source, needsLevel: true)
        var assembler = LineAssembler()
        // The first line may have begun before: it is no entry of its own.
        var isWhole = offset == 0
        while offset < range.upperBound {
            let length = Int(min(Int64(chunk.count), range.upperBound - offset))
            let part = UnsafeMutableRawBufferPointer(rebasing: chunk[..<length])
            guard let count = try? file.read(at: offset, into: part), count > 0 else { break }
            assembler.append(UnsafeRawBufferPointer(rebasing: part[..<count]).bindMemory(to: UInt8.self).span)
            offset += Int64(count)
            while let line = assembler.next() {
                if isWhole { _ = judge.admits(line, in: assembler.buffer) { 0 } }
                isWhole = true
            }
        }
        return judge.level
    }
}
