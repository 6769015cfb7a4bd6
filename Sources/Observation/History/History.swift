import Glibc
public import LinuxSystem
import Shared
import Synchronization

/// What processes were over time, in ring files of fixed size: each second for an hour, each minute for two weeks, each hour for
/// a year.
///
/// A file takes at most 2 MiB; more than ``maximumProcesses`` are not kept, and those that were silent the longest go first.
public final class History: Sendable {
    private struct Process {
        let file: RingFile
        var minute: Slot?
        var hour: Slot?
    }

    private let directory: String
    private let processes = Mutex<[String: Process]>([:])

    /// How many processes are kept.
    public static let maximumProcesses = 256

    /// Opens a folder of history, made when it is not there.
    ///
    /// - Parameter directory: The folder, mode 0750.
    /// - Throws: `SystemError`.
    public init(directory: String) throws(SystemError) {
        self.directory = directory
        try Directory.create(directory, mode: 0o750)
    }

    /// Notes what a process is.
    ///
    /// - Parameters:
    ///   - moment: What was measured.
    ///   - process: The process, as `api:1`.
    ///   - seconds: When, in seconds since 1970.
    /// - Throws: `SystemError`; what was noted before stays.
    public func note(_ moment: Moment, process: String, at seconds: Int64) throws(SystemError) {
        try note([TimedMoment(moment, at: seconds)], process: process)
    }

    /// Notes what a process was at several moments, with fewer writes than one by one.
    ///
    /// - Parameters:
    ///   - moments: What was measured, the oldest first.
    ///   - process: The process, as `api:1`.
    /// - Throws: `SystemError`; what was noted before stays.
    public func note(_ moments: [TimedMoment], process: String) throws(SystemError) {
        guard let name = Self.fileName(process) else { throw SystemError("note", EINVAL, process) }
        // A clock before 1970 has no place in a ring.
        let moments = moments.filter { $0.seconds > 0 }
        guard !moments.isEmpty else { return }
        try processes.withLock { processes throws(SystemError) in
            var known: Process
            if let present = processes[process] {
                known = present
            } else {
                makeRoom(for: name, &processes)
                known = Process(file: try open(name))
            }
            defer { processes[process] = known }
            try add(moments, &known)
        }
    }

    private func open(_ name: String) throws(SystemError) -> RingFile {
        try RingFile("\(directory)/\(name)")
    }

    private func add(_ moments: [TimedMoment], _ process: inout Process) throws(SystemError) {
        let seconds = moments.map { timed in
            var slot = Slot(step: timed.seconds)
            slot.add(timed.moment)
            return slot
        }
        try process.file.write(seconds, .second)
        process.minute = try grow(process.minute, .minute, moments, process.file)
        process.hour = try grow(process.hour, .hour, moments, process.file)
    }

    /// The slot of a coarser ring with the moments in it; what an earlier process of ours had begun is gone on with.
    private func grow(
        _ open: Slot?,
        _ resolution: HistoryResolution,
        _ moments: [TimedMoment],
        _ file: RingFile
    ) throws(SystemError) -> Slot? {
        var slot = open
        for timed in moments {
            let step = timed.seconds / resolution.step
            if slot?.step != step {
                if let slot { try file.write([slot], resolution) }
                slot = file.slots(resolution, step...step).first ?? Slot(step: step)
            }
            slot?.add(timed.moment)
        }
        if let slot { try file.write([slot], resolution) }
        return slot
    }

    /// Has the file that was silent the longest go where a new one would be one too many.
    private func makeRoom(for name: String, _ processes: inout [String: Process]) {
        let present = names
        guard present.count >= Self.maximumProcesses,
            !present.contains(String(name.dropLast(Self.suffix.count)))
        else { return }
        let ages = present.map { process in
            var status = stat()
            lstat("\(directory)/\(process)\(Self.suffix)", &status)
            return (process, status.st_mtim.tv_sec)
        }
        guard let oldest = ages.min(by: { $0.1 < $1.1 })?.0 else { return }
        processes[oldest] = nil
        unlink("\(directory)/\(oldest)\(Self.suffix)")
    }

    /// What was measured of a process.
    ///
    /// - Parameters:
    ///   - metric: What of it.
    ///   - process: The process.
    ///   - resolution: How finely.
    ///   - from: The first second.
    ///   - to: The last second.
    /// - Returns: The points in order; times without a measurement are left out.
    public func series(
        _ metric: HistoryMetric,
        process: String,
        _ resolution: HistoryResolution,
        from: Int64,
        to: Int64
    ) -> [HistoryPoint] {
        guard from <= to, let file = file(of: process) else { return [] }
        let steps = max(0, from / resolution.step)...max(0, to / resolution.step)
        return file.slots(resolution, steps).compactMap { slot in
            guard let value = slot.values[metric] else { return nil }
            return HistoryPoint(
                time: slot.step * resolution.step,
                average: value.average,
                maximum: value.maximum
            )
        }
    }

    /// Processes of which something is kept.
    public var names: [String] {
        let names = (try? Directory.names(in: directory)) ?? []
        return names.filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }
            .sorted()
    }

    /// A file to read: one of one's own, so that a long reading holds up nobody who notes.
    private func file(of process: String) -> RingFile? {
        guard let name = Self.fileName(process), access("\(directory)/\(name)", F_OK) == 0 else { return nil }
        return try? open(name)
    }

    private static let suffix = ".history"

    private static func fileName(_ process: String) -> String? {
        guard !process.isEmpty, process.utf8.count <= 200, !process.hasPrefix("."),
            process.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x2F && $0 != 0x7F })
        else { return nil }
        return process + suffix
    }
}
