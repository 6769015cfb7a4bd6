import LinuxSystem
import Shared
import SupervisorCore

/// One job under way: its sources, its target and the batch that the target did not take yet.
final class Derivation {
    /// What a step came to.
    enum Outcome {
        /// There may be more to do at once.
        case more
        /// All that is there is done.
        case idle
        /// The journal takes nothing now.
        case waiting(JournalSocket.Outcome)
    }

    /// What the steps did so far.
    struct Counts {
        var lines: UInt64 = 0
        var bytes: UInt64 = 0
        /// Entries that the journal will never take.
        var refused: UInt64 = 0
    }

    private enum Target {
        case file(DerivedFile, LogPolicy)
        case journal(JournalSink)
    }

    private(set) var job: DerivedJob
    private(set) var counts = Counts()
    private(set) var inputs: [DerivedInput] = []
    private var target: Target?
    /// Sources whose writer ended before they were opened.
    private var completed: Set<String> = []
    private var output: [UInt8] = []
    /// When the lines of the output were written.
    private var marks: [DerivedFile.TimeMark] = []
    /// Whether the output waits for a target that failed.
    private var hasBatch = false
    private var entry = JournalEntry()
    private let stamps: LineStamps

    init(_ job: DerivedJob) {
        self.job = job
        switch job.target {
        case .file(_, let format, let policy):
            stamps = LineStamps(pattern: format.stampPattern, usesUTC: policy.usesUTC)
        case .journal: stamps = LineStamps(pattern: nil)
        }
    }

    // MARK: - Opening

    private func open(_ services: Deriver.Services) throws(SystemError) -> Target {
        if let target { return target }
        var committed: [UInt64: SourcePosition]
        let opened: Target
        switch job.target {
        case .file(let log, _, let policy):
            let file = try DerivedFile(log)
            committed = file.positions
            log.linkCurrent(policy)
            opened = .file(file, policy)
        case .journal(let commitPath, _):
            let sink = try JournalSink(socket: services.journal, commitPath: commitPath)
            for source in job.sources { sink.resume(source, services) }
            committed = sink.positions
            opened = .journal(sink)
        }
        var inputs: [DerivedInput] = []
        for source in job.sources {
            let position = committed[CommitRecord.key(of: source.log.path)]
            inputs.append(try DerivedInput(source, of: job, from: position, services.runEnds))
        }
        for input in inputs where completed.contains(input.source.log.path) { input.tail.complete() }
        self.inputs = inputs
        target = opened
        // A first time begins where it began, also when nothing comes before the next start.
        try commit(opened, now: services.wallNanoseconds())
        return opened
    }

    // MARK: - A step

    /// Moves a bounded amount: at most a chunk of each source.
    func step(_ services: Deriver.Services) throws(SystemError) -> Outcome {
        let target = try open(services)
        if hasBatch {
            try write(target, services)
        }
        var outcome = Outcome.idle
        for input in inputs where try input.refill(services.chunk(for: inputs.count)) { outcome = .more }
        let hadLines = inputs.contains { $0.tail.next() != nil }
        guard hadLines else { return outcome }
        var taken = 0
        merge: while let input = earliest() {
            let end = input.timeLimit(among: inputs)
            repeat {
                guard let line = input.tail.next() else { break }
                switch process(line, of: input, target) {
                case .sent:
                    input.tail.accept()
                    taken += 1
                case .refused:
                    input.tail.accept()
                    counts.refused += 1
                    taken += 1
                case .full:
                    outcome = .waiting(.full)
                    break merge
                case .absent:
                    outcome = .waiting(.absent)
                    break merge
                }
            } while input.tail.nextTimeIsAtMost(end)
            // Its next line may be older than those of the others.
            if input.tail.next() == nil, !input.isAtEnd {
                outcome = .more
                break
            }
        }
        counts.lines += UInt64(taken)
        hasBatch = true
        try write(target, services)
        return outcome
    }

    /// The source whose next line is the oldest; the first of those that are equally old.
    private func earliest() -> DerivedInput? {
        var best: DerivedInput?
        var bestTime = Int64.max
        for input in inputs where input.tail.next() != nil {
            if inputs.count == 1 { return input }
            let time = input.tail.nextTime()
            if best == nil || time < bestTime {
                best = input
                bestTime = time
            }
        }
        return best
    }

    /// Writes one line to the batch, or sends it.
    private func process(
        _ line: LineAssembler.Line,
        of input: DerivedInput,
        _ target: Target
    ) -> JournalSocket.Outcome {
        guard input.admits(line) else { return .sent }
        switch target {
        case .file:
            let time = input.tail.nextTime()
            let stamp = input.needsStamp ? stamps.text(of: time) : []
            input.write(line, stamp, to: &output)
            mark(time)
            return .sent
        case .journal(let sink):
            input.encode(line, into: &entry)
            return sink.send(entry)
        }
    }

    /// Notes the time of the line that was written last; lines within a millisecond are of one time.
    private func mark(_ time: Int64) {
        if let last = marks.last, (0..<1_000_000).contains(time - last.time) {
            marks[marks.count - 1].end = output.count
        } else {
            marks.append(DerivedFile.TimeMark(end: output.count, time: time))
        }
    }

    private func write(_ target: Target, _ services: Deriver.Services) throws(SystemError) {
        let now = services.wallNanoseconds()
        if case .file(let file, let policy) = target, !output.isEmpty {
            try services.rotateIfNeeded(file, policy, now)
        }
        try commit(target, now: now)
        counts.bytes += UInt64(output.count)
        hasBatch = false
        marks.removeAll(keepingCapacity: marks.capacity < 4096)
        if output.capacity > 4 << 20 { output = [] } else { output.removeAll(keepingCapacity: true) }
    }

    private func commit(_ target: Target, now: Int64) throws(SystemError) {
        var positions: [UInt64: SourcePosition] = [:]
        for input in inputs {
            positions[CommitRecord.key(of: input.source.log.path)] = input.position
        }
        switch target {
        case .file(let file, _): try file.append(output, marks, positions, now: now)
        case .journal(let sink): try sink.commit(positions)
        }
    }

    // MARK: - From outside

    /// The derived file; `nil` for the journal.
    var path: String? {
        if case .file(let log, _, _) = job.target { log.path } else { nil }
    }

    /// Puts the derived file aside, or empties it, behind all that was derived.
    ///
    /// - Returns: The file that was made or emptied; `nil` when there was nothing to do.
    func change(_ change: Deriver.FileChange, _ services: Deriver.Services) throws(SystemError) -> String? {
        guard case .file(let file, let policy) = try open(services) else { return nil }
        if hasBatch { try write(.file(file, policy), services) }
        switch change {
        case .rotate: return try services.rotate(file, policy)
        case .empty:
            try file.empty()
            return file.log.path
        }
    }

    /// Whether its files have been opened.
    var isOpen: Bool { target != nil }

    /// Whether a primary log is one of the sources.
    func reads(_ path: String) -> Bool { job.sources.contains { $0.log.path == path } }

    /// Says that the writer of a source has ended.
    func complete(_ path: String) {
        guard isOpen else {
            completed.insert(path)
            return
        }
        for input in inputs where input.source.log.path == path { input.tail.complete() }
    }

    /// Says which run writes to a source now.
    func setRun(_ run: RunID?, of path: String) {
        for index in job.sources.indices where job.sources[index].log.path == path {
            job.sources[index].origin.run = run
        }
        for input in inputs where input.source.log.path == path { input.setRun(run) }
    }

    /// Whether what is derived exists nowhere else: a file, not a copy in the journal.
    var isEssential: Bool {
        if case .file = job.target { true } else { false }
    }

    /// When it is worth trying again while the journal is absent.
    var retryNanoseconds: Int64? {
        if case .journal(let sink)? = target { sink.retryNanoseconds } else { nil }
    }
}
