import LinuxSystem

/// The daemon's own log file: whole lines, appended.
final class JournalFile {
    private let path: String
    private let maximumBytes: Int64
    private var file: AppendOnlyFile?
    private var size: Int64 = 0

    /// Old files beside it, `.1` the youngest: it is for people, and what happened long ago is in the journal.
    private static let oldFiles = 2

    init(path: String, maximumBytes: Int64 = 10 << 20) {
        self.path = path
        self.maximumBytes = maximumBytes
    }

    func append(_ bytes: [UInt8]) {
        open()
        if size > 0, size + Int64(bytes.count) > maximumBytes {
            rotate()
            open()
        }
        // The same events are on the control socket and in the journal; a failing disk loses the copy only.
        guard (try? file?.append(bytes)) != nil else {
            file = nil
            return
        }
        size += Int64(bytes.count)
    }

    func reopen() {
        file = nil
    }

    private func open() {
        guard file == nil else { return }
        file = try? AppendOnlyFile(path, mode: 0o640)
        size = (try? FileStatus(path: path, followsLinks: false))?.size ?? 0
    }

    private func rotate() {
        file = nil
        for number in (1...Self.oldFiles).reversed() {
            let older = number == 1 ? path : "\(path).\(number - 1)"
            // What is not there yet cannot be renamed.
            try? FileContents.rename(older, to: "\(path).\(number)")
        }
    }
}
