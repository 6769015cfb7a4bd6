import Glibc
public import LinuxSystem
public import Shared
import SupervisorCore

/// Makes derived logs of primary logs: one engine without threads, moved on in bounded steps.
///
/// Its owner, the deriver thread (M7), says what changed (``wake(_:)``) and calls ``step(now:)`` until nothing is left to do.
public final class Deriver {
    /// The identity of a job.
    public struct JobID: Hashable, Sendable {
        /// The number.
        public let rawValue: UInt64
    }

    /// What one step came to.
    public enum Outcome: Equatable, Sendable {
        /// Something was done; there may be more.
        case progressed
        /// All that is there is done.
        case idle
        /// The journal's queue is full: to be woken when its socket is writable, or by the clock.
        case waitsForJournal
        /// There is no journal; tried again later, and nothing is lost while the primary is there.
        case journalAbsent
        /// The target or a source fails; tried again later.
        case failed(SystemError)
    }

    /// One step of one job.
    public struct Step: Sendable {
        /// The job.
        public var job: JobID
        /// What came of it.
        public var outcome: Outcome
        /// Sources that were cut or went missing, for an event: the path and what happened.
        public var surprises: [(path: String, surprise: Surprise)]
    }

    /// What happened to a source besides growing.
    public enum Surprise: Hashable, Sendable {
        /// Somebody cut or rewrote the file; it is read from its new beginning.
        case cut
        /// The file at the committed position is gone; reading goes on at the oldest one after it.
        case lost
        /// A rotated file cannot be read to its end; reading goes on with the next one.
        case damaged
    }

    /// What can be done with a derived file on command.
    public enum FileChange: Hashable, Sendable {
        /// Put it aside.
        case rotate
        /// Throw away what it holds.
        case empty
    }

    /// What a job did since it was added.
    public struct Counts: Hashable, Sendable {
        /// Lines that were read.
        public var lines: UInt64
        /// Bytes that were written to the derived file.
        public var bytes: UInt64
        /// Entries that the journal will never take.
        public var refused: UInt64
    }

    /// What a job still needs of a primary log: this file from this offset on, and all later files.
    public struct Floor: Hashable, Sendable {
        /// The primary log.
        public var log: LogPath
        /// Where the job goes on.
        public var position: SourcePosition
        /// Whether retention must wait for it: `false` for copies to the journal, which may be absent for ever.
        public var isEssential: Bool
    }

    private var derivations: [JobID: Derivation] = [:]
    /// Jobs that have something to do, in turn.
    private var queue: [JobID] = []
    private var queued: Set<JobID> = []
    /// Jobs that failed or wait, with the time of the next try.
    private var paused: [JobID: Int64] = [:]
    private var lastJob: UInt64 = 0
    private let services: Services

    /// How long after a failure the next try is made, in nanoseconds.
    private static let retryNanoseconds: Int64 = 1_000_000_000

    /// Makes an engine without jobs.
    ///
    /// - Parameters:
    ///   - journal: The way to the journal.
    ///   - readback: How the journal is asked what it has.
    ///   - runEnds: Where runs ended in primary logs.
    ///   - chunkBytes: How much of a source is read in one step.
    public init(
        journal: JournalSocket = JournalSocket(),
        readback: JournalReadback = JournalReadback(),
        runEnds: RunEnds = RunEnds(),
        chunkBytes: Int = 256 << 10
    ) {
        services = Services(journal: journal, readback: readback, runEnds: runEnds, chunkBytes: chunkBytes)
    }

    // MARK: - Jobs

    /// Adds a job; its files are opened in its first step.
    public func add(_ job: DerivedJob) -> JobID {
        lastJob += 1
        let id = JobID(rawValue: lastJob)
        derivations[id] = Derivation(job)
        enqueue(id)
        return id
    }

    /// Ends a job; what it has not written yet stays in the primary log.
    public func remove(_ id: JobID) {
        derivations[id] = nil
        paused[id] = nil
        queue.removeAll { $0 == id }
        queued.remove(id)
    }

    /// Says that a primary log grew, was rotated or was cut.
    public func wake(_ path: String) {
        for (id, derivation) in derivations where paused[id] == nil && derivation.reads(path) { enqueue(id) }
    }

    /// Has the maker of a derived file look at its sources.
    public func wake(makerOf path: String) {
        for (id, derivation) in derivations where paused[id] == nil && derivation.path == path { enqueue(id) }
    }

    /// Says that all that the writers of a primary log wrote is in it: a line without an end is complete.
    public func complete(_ path: String) {
        for derivation in derivations.values where derivation.reads(path) { derivation.complete(path) }
        wake(path)
    }

    /// Says which run writes to a primary log from now on; for the entries in the journal.
    public func setRun(_ run: RunID?, of path: String) {
        for derivation in derivations.values where derivation.reads(path) { derivation.setRun(run, of: path) }
    }

    /// Says that the journal takes entries again.
    public func wakeJournal() {
        for (id, derivation) in derivations where !derivation.isEssential && paused[id] != nil {
            paused[id] = nil
            enqueue(id)
        }
    }

    /// What to watch for `.writable` after ``Outcome/waitsForJournal``; `nil` without a connection.
    public var journalDescriptor: Int32? { services.journal.rawValue }

    private func enqueue(_ id: JobID) {
        if queued.insert(id).inserted { queue.append(id) }
    }

    // MARK: - Work

    /// Does a bounded amount of the next job that has something to do.
    ///
    /// - Parameter now: Nanoseconds since boot.
    /// - Returns: What was done; `nil` when nothing is to be done before ``nextTry``.
    public func step(now: Int64 = Clocks.monotonicNanoseconds()) -> Step? {
        for (id, time) in paused where time <= now {
            paused[id] = nil
            enqueue(id)
        }
        guard !queue.isEmpty else { return nil }
        let id = queue.removeFirst()
        queued.remove(id)
        guard let derivation = derivations[id] else { return step(now: now) }
        let outcome = advance(derivation, id, now)
        var surprises: [(path: String, surprise: Surprise)] = []
        for input in derivation.inputs {
            surprises += input.tail.takeSurprises().compactMap { surprise in
                Surprise(surprise).map { (input.source.log.path, $0) }
            }
        }
        return Step(job: id, outcome: outcome, surprises: surprises)
    }

    private func advance(_ derivation: Derivation, _ id: JobID, _ now: Int64) -> Outcome {
        do throws(SystemError) {
            switch try derivation.step(services) {
            case .more:
                enqueue(id)
                return .progressed
            case .idle: return .idle
            case .waiting(.absent):
                paused[id] = max(now + 1, derivation.retryNanoseconds ?? now + Self.retryNanoseconds)
                return .journalAbsent
            case .waiting:
                paused[id] = now + Self.retryNanoseconds / 20
                return .waitsForJournal
            }
        } catch {
            paused[id] = now + Self.retryNanoseconds
            return .failed(error)
        }
    }

    /// When a paused job is tried again, in nanoseconds since boot; `nil` when none is.
    public var nextTry: Int64? { queue.isEmpty ? paused.values.min() : 0 }

    /// Puts a derived file aside, or empties it, behind all that was derived so far.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - change: What to do.
    /// - Returns: Where it was put, or which was emptied; `nil` when there was nothing to do.
    /// - Throws: `SystemError`; the file is as it was then.
    public func change(_ path: String, _ change: FileChange) throws(SystemError) -> String? {
        guard let derivation = derivations.values.first(where: { $0.path == path }) else { return nil }
        return try derivation.change(change, services)
    }

    // MARK: - What it needs and did

    /// What is still needed of each primary log; asked for before anything of it is removed.
    ///
    /// A job that has not taken its first step needs everything.
    public var floors: [Floor] {
        derivations.values.flatMap { derivation in
            derivation.isOpen
                ? derivation.inputs.map {
                    Floor(
                        log: $0.source.log,
                        position: $0.position,
                        isEssential: derivation.isEssential
                    )
                }
                : derivation.job.sources.map {
                    Floor(
                        log: $0.log,
                        position: SourcePosition(sequence: 0),
                        isEssential: derivation.isEssential
                    )
                }
        }
    }

    /// What a job did.
    public func counts(of id: JobID) -> Counts? {
        derivations[id].map {
            Counts(lines: $0.counts.lines, bytes: $0.counts.bytes, refused: $0.counts.refused)
        }
    }
}
