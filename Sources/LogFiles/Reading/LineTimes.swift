import LinuxSystem

/// When the bytes of a log were written: by its time index, else by its last change.
final class LineTimes {
    private var file: SourceFile?
    private var cursor: IndexCursor?
    private var modified: Int64 = 0
    /// The batch that was found last.
    private var known: Range<Int64> = 0..<0
    private var time: Int64 = 0

    /// Looks again after more was read.
    func refresh(_ file: SourceFile) {
        modified = (try? file.status().modifiedNanoseconds) ?? modified
        // Bytes that the index did not know may be in it now.
        known = 0..<0
    }

    /// Forgets what was known of a file, as when it was cut.
    func forget() {
        file = nil
        cursor = nil
        known = 0..<0
    }

    /// The time of the byte at an offset, in nanoseconds since 1970.
    func time(of file: SourceFile, at offset: Int64) -> Int64 {
        if self.file !== file {
            forget()
            self.file = file
        }
        if known.contains(offset) { return time }
        if cursor == nil { cursor = IndexCursor(file.indexPath, of: file.identity) }
        guard let batch = cursor?.batch(at: offset) else {
            known = offset..<Int64.max
            time = modified
            return time
        }
        known = offset..<batch.end
        time = batch.time
        return time
    }
}
