import Logging
import NIOPosix
import Observation
import Synchronization
import WorkerSupport

/// Writes figures into the history's files on another thread: a disk that stalls costs points of plots and nothing else.
///
/// Those of some seconds are written together, so that measuring each second costs the disk no more than measuring seldom.
final class HistoryKeeper: Sendable {
    private struct State {
        /// What is not on its way to the disk yet, process by process.
        var waiting: [String: [TimedMoment]] = [:]
        /// The second of the oldest figures that wait.
        var oldest: Int64?
        var isWriting = false
        var saidItFails = false

        /// Hands over what waits.
        mutating func take() -> [String: [TimedMoment]] {
            defer { (waiting, oldest, isWriting) = ([:], nil, true) }
            return waiting
        }
    }

    private let history: History?
    private let log: WorkerLog
    private let state = Mutex(State())

    /// Opens the folder; without one, or when it cannot be used, nothing is kept and what is asked for is empty.
    init(directory: String?, log: WorkerLog) {
        self.log = log
        var history: History?
        if let directory {
            do {
                history = try History(directory: directory)
            } catch {
                log.operations.warning("no history is kept: \(error)")
            }
        }
        self.history = history
    }

    /// Whether figures are kept at all.
    var keeps: Bool { history != nil }

    /// Keeps the figures of one look; the oldest are left out while a disk that stalls holds up those before them.
    func note(_ moments: [(process: String, moment: Moment)], at seconds: Int64) {
        guard let history else { return }
        let due = state.withLock { state -> [String: [TimedMoment]]? in
            for (process, moment) in moments {
                state.waiting[process, default: []].append(TimedMoment(moment, at: seconds))
                if state.waiting[process]?.count ?? 0 > Limits.historyBacklog {
                    state.waiting[process]?.removeFirst()
                }
            }
            let oldest = state.oldest ?? seconds
            state.oldest = oldest
            let isDue = seconds - oldest >= Limits.historyWriteSeconds || seconds < oldest
            return isDue && !state.isWriting ? state.take() : nil
        }
        guard let due else { return }
        NIOThreadPool.singleton.submit { [self] _ in write(due, to: history) }
    }

    /// Writes what still waits; for the end.
    func flush() async {
        guard let history else { return }
        let rest = state.withLock { $0.take() }
        try? await NIOThreadPool.singleton.runIfActive { [self] in write(rest, to: history) }
    }

    private func write(_ moments: [String: [TimedMoment]], to history: History) {
        var failure: String?
        for (process, moments) in moments {
            do {
                try history.note(moments, process: process)
            } catch {
                failure = "\(error)"
            }
        }
        let isNew = state.withLock { state in
            state.isWriting = false
            defer { state.saidItFails = failure != nil }
            return failure != nil && !state.saidItFails
        }
        if isNew, let failure { log.operations.warning("history is not written: \(failure)") }
    }

    /// The points of a metric, oldest first.
    func series(
        _ metric: HistoryMetric,
        process: String,
        range: SeriesRange,
        end: Int64
    ) async -> [HistoryPoint] {
        await series(metric, process: process, range.resolution, from: end - range.seconds, to: end)
    }

    /// The points of a metric between two seconds, oldest first.
    func series(
        _ metric: HistoryMetric,
        process: String,
        _ resolution: HistoryResolution,
        from: Int64,
        to: Int64
    ) async -> [HistoryPoint] {
        guard let history else { return [] }
        let points = try? await NIOThreadPool.singleton.runIfActive {
            history.series(metric, process: process, resolution, from: from, to: to)
        }
        return points ?? []
    }
}
