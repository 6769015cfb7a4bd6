import Glibc
import LinuxSystem
import LogFiles

/// Shows log files of several processes, whole lines behind a prefix, and waits for more by inotify(7).
final class LogFollower {
    /// One file and how its lines are shown.
    final class Source {
        let path: String
        let prefix: String
        fileprivate var reader: LogReader?
        fileprivate var pending: [UInt8] = []

        /// Makes a source; the prefix is shown before every line.
        init(path: String, prefix: String) {
            self.path = path
            self.prefix = prefix
            reader = try? LogReader(path)
        }
    }

    private let sources: [Source]
    private let isTerminal: Bool

    /// The longest line that waits for its end.
    private static let maximumPending = 1 << 20

    /// Makes a follower.
    init(_ sources: [Source], isTerminal: Bool) {
        self.sources = sources
        self.isTerminal = isTerminal
    }

    /// Shows the last lines of every file.
    ///
    /// - Parameters:
    ///   - count: How many lines of each.
    ///   - isComplete: Whether a line without an end is shown, too; not so when more of it may follow.
    func showLast(_ count: Int, isComplete: Bool) {
        for source in sources {
            guard let reader = source.reader else { continue }
            let start = reader.offset(ofLastLines: count)
            if start == 0 {
                // The present file is young: what came before is in rotated files.
                let missing = count - reader.lineCount(upTo: count)
                let history = missing > 0 ? LogHistory.lastLines(missing, of: LogPath(source.path)) : []
                if !history.isEmpty { show(history, source) }
            }
            reader.seek(to: start)
            drain(source)
            if isComplete { flushPending(source) }
        }
    }

    /// Shows what comes, for ever.
    func follow() throws(CommandFailure) {
        let watch = inotify_init1(Int32(IN_CLOEXEC))
        guard watch >= 0 else { throw CommandFailure("cannot watch files: \(SystemError.text(of: errno))") }
        let descriptor = Descriptor(watch)
        let folders = Set(sources.map { Directory.parent(of: $0.path) })
        let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)
        for folder in folders {
            guard inotify_add_watch(watch, folder, events) >= 0 else {
                throw CommandFailure("cannot watch folder \(folder): \(SystemError.text(of: errno))")
            }
        }
        while true {
            for source in sources {
                drain(source)
            }
            var wait = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, -1)
            // Which file it was does not matter: all are looked at, and a look costs one read.
            _ = try? descriptor.read(upTo: 65_536)
        }
    }

    private func drain(_ source: Source) {
        if source.reader == nil { source.reader = try? LogReader(source.path) }
        guard let reader = source.reader else { return }
        // Asked before the last read: what was written until the other file came is in this one.
        let isReplaced = reader.isReplaced
        while true {
            let bytes = reader.next()
            guard !bytes.isEmpty else { break }
            show(bytes, source)
        }
        if isReplaced {
            source.reader = try? LogReader(source.path)
            drain(source)
        }
    }

    private func show(_ bytes: [UInt8], _ source: Source) {
        var output: [UInt8] = []
        for byte in bytes {
            if byte == 0x0A {
                appendLine(source, to: &output)
            } else {
                source.pending.append(byte)
                if source.pending.count >= Self.maximumPending { appendLine(source, to: &output) }
            }
        }
        if !output.isEmpty { Output.write(bytes: output) }
    }

    private func flushPending(_ source: Source) {
        guard !source.pending.isEmpty else { return }
        var output: [UInt8] = []
        appendLine(source, to: &output)
        Output.write(bytes: output)
    }

    private func appendLine(_ source: Source, to output: inout [UInt8]) {
        output += Array(source.prefix.utf8)
        if isTerminal {
            output += Array(TerminalText.sanitized(String(decoding: source.pending, as: UTF8.self)).utf8)
        } else {
            // Exact bytes for who reads on.
            output += source.pending
        }
        output.append(0x0A)
        source.pending.removeAll(keepingCapacity: true)
    }
}
