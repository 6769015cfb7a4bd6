import LinuxSystem
import Shared

/// The record of living runs, written before each child exists (M14).
///
/// Append-only lines in the run folder: `spawn RUN PROCESS` before the clone, `pid RUN PID START` after it, `end RUN` at the
/// end. It is void after a reboot, by the boot id in its first line, and is not synced: the kernel keeps it through any
/// death of the daemon. It is written anew at each start and when it has grown much beyond what lives.
final class RunJournal {
    private let path: String
    private let bootID: String
    private var file: AppendOnlyFile?
    private var buffer: [UInt8] = []
    private var lines = 0
    private var living: [RunID: String] = [:]

    /// How many lines may be there beyond twice the living ones before it is written anew.
    private static let slack = 512

    /// Begins a new journal.
    init(path: String, bootID: String) throws(SystemError) {
        self.path = path
        self.bootID = bootID
        try rewrite()
    }

    /// Notes that a child is about to exist; on disk when it returns.
    func willSpawn(_ run: RunID, _ name: ProcessName) {
        living[run] = "spawn \(run) \(name)\n"
        append("spawn \(run) \(name)\n")
        flush()
    }

    /// Notes the child's identity.
    func didSpawn(_ run: RunID, pid: Int32, startTime: UInt64) {
        let line = "pid \(run) \(pid) \(startTime)\n"
        living[run, default: ""] += line
        append(line)
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
        lines = living.count * 2
    }
}
