import LinuxSystem
import Shared

/// The record of living runs, written before each child exists (M14).
///
/// Append-only lines in the run folder:
///
///     spawn RUN PROCESS RESTARTS LAUNCHED          before the clone; LAUNCHED in nanoseconds since boot
///     pid RUN PID START OUT ERROR                  after it; START in clock ticks, pipes as DEVICE:INODE or -
///     online RUN                                   it was ready
///     end RUN                                      nothing is left of it
///
/// It is void after a reboot, by the boot id in its first line, and is not synced: the kernel keeps it through any death of
/// the daemon. It is written anew at each start and when it has grown much beyond what lives.
final class RunJournal {
    /// One run that had not ended when the journal was last written.
    struct Entry: Equatable {
        var run: RunID
        var name: ProcessName
        var restarts: Int
        var launchedAt: MonotonicInstant
        /// The main process and its start time; `nil` when the daemon died between clone and this line.
        var process: (pid: Int32, startTicks: UInt64)?
        var output: FileStatus.Identity?
        var error: FileStatus.Identity?
        var isOnline = false

        static func == (left: Entry, right: Entry) -> Bool { left.run == right.run }
    }

    private let path: String
    private let bootID: String
    private var file: AppendOnlyFile?
    private var buffer: [UInt8] = []
    private var lines = 0
    private var living: [RunID: String] = [:]

    /// How many lines may be there beyond the living ones before it is written anew.
    private static let slack = 512
    /// The longest journal that is read.
    private static let maximumBytes = 64 << 20

    /// Begins a new journal that keeps the entries of an earlier daemon that still live.
    init(path: String, bootID: String, keeping entries: [Entry]) throws(SystemError) {
        self.path = path
        self.bootID = bootID
        for entry in entries {
            living[entry.run] = entry.lines
        }
        try rewrite()
    }

    /// Reads what an earlier daemon of this boot left; nothing when there is no journal, or one of another boot.
    ///
    /// A torn last line is ignored: it is a `spawn` whose child does not exist, or something that a look at /proc tells.
    static func load(path: String, bootID: String) -> [Entry] {
        guard let bytes = try? FileContents.read(path, limit: maximumBytes) else { return [] }
        let text = String(decoding: bytes, as: UTF8.self)
        let complete =
            text.hasSuffix("\n") ? text[...] : text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
        var rest = complete.split(separator: "\n")
        guard let header = rest.first, header == "novi-runs 1 \(bootID)" else { return [] }
        rest.removeFirst()
        var entries: [RunID: Entry] = [:]
        for line in rest {
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 1, let run = RunID(words[1]) else { continue }
            switch (words[0], words.count) {
            case ("spawn", 5):
                guard let name = ProcessName(words[2]), let restarts = Int(words[3]), let at = Int64(words[4])
                else { continue }
                let instant = MonotonicInstant(nanoseconds: at)
                entries[run] = Entry(run: run, name: name, restarts: restarts, launchedAt: instant)
            case ("pid", 6):
                guard let pid = Int32(words[2]), pid > 1, let ticks = UInt64(words[3]) else { continue }
                entries[run]?.process = (pid, ticks)
                entries[run]?.output = FileStatus.Identity(journalText: words[4])
                entries[run]?.error = FileStatus.Identity(journalText: words[5])
            case ("online", 2): entries[run]?.isOnline = true
            case ("end", 2): entries[run] = nil
            default: continue
            }
        }
        return entries.values.sorted { $0.run < $1.run }
    }

    /// Notes that a child is about to exist; on disk when it returns.
    func willSpawn(_ run: RunID, _ name: ProcessName, restarts: Int, at instant: MonotonicInstant) {
        let line = "spawn \(run) \(name) \(restarts) \(instant.nanoseconds)\n"
        living[run] = line
        append(line)
        flush()
    }

    /// Notes the child's identity and its pipes.
    func didSpawn(
        _ run: RunID,
        pid: Int32,
        startTicks: UInt64,
        output: FileStatus.Identity?,
        error: FileStatus.Identity?
    ) {
        note(run, Entry.processLine(run, pid, startTicks, output, error))
    }

    /// Notes that the run was ready.
    func becameOnline(_ run: RunID) {
        note(run, "online \(run)\n")
    }

    /// Notes that nothing is left of a run.
    func ended(_ run: RunID) {
        living[run] = nil
        append("end \(run)\n")
    }

    /// Writes what the present turn of the loop added; one write.
    func flush() {
        guard !buffer.isEmpty else { return }
        if lines > living.count * 4 + Self.slack {
            try? rewrite()
            return
        }
        try? file?.append(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private func note(_ run: RunID, _ line: String) {
        living[run, default: ""] += line
        append(line)
    }

    private func append(_ line: String) {
        buffer += Array(line.utf8)
        lines += 1
    }

    private func rewrite() throws(SystemError) {
        var text = "novi-runs 1 \(bootID)\n"
        for run in living.keys.sorted() {
            text += living[run] ?? ""
        }
        try AtomicFile.replace(path, Array(text.utf8), durable: false)
        file = try AppendOnlyFile(path)
        buffer.removeAll(keepingCapacity: true)
        lines = living.count * 3
    }
}

extension RunJournal.Entry {
    /// The lines that say all of this.
    fileprivate var lines: String {
        var text = "spawn \(run) \(name) \(restarts) \(launchedAt.nanoseconds)\n"
        if let process {
            text += Self.processLine(run, process.pid, process.startTicks, output, error)
        }
        if isOnline {
            text += "online \(run)\n"
        }
        return text
    }

    fileprivate static func processLine(
        _ run: RunID,
        _ pid: Int32,
        _ startTicks: UInt64,
        _ output: FileStatus.Identity?,
        _ error: FileStatus.Identity?
    ) -> String {
        "pid \(run) \(pid) \(startTicks) \(output?.journalText ?? "-") \(error?.journalText ?? "-")\n"
    }
}

extension FileStatus.Identity {
    /// `DEVICE:INODE`.
    fileprivate var journalText: String { "\(device):\(inode)" }

    fileprivate init?(journalText: String) {
        let parts = journalText.split(separator: ":")
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else {
            return nil
        }
        self.init(device: device, inode: inode)
    }
}
