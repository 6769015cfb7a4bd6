import Logging
import NIOPosix
import Observation
import Synchronization
import WorkerSupport

/// Writes figures into the history's files on another thread: a disk that stalls costs points of plots and nothing else.
final class HistoryKeeper: Sendable {
    private struct State {
        var isWriting = false
        var saidItFails = false
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

    /// Keeps the figures of one look; left out while those of the last one are still on their way to the disk.
    func note(_ moments: [(process: String, moment: Moment)], at seconds: Int64) {
        guard let history else { return }
        let isFree = state.withLock { state in
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard isFree else { return }
        NIOThreadPool.singleton.submit { [self] _ in
            var failure: String?
            for (process, moment) in moments {
                do {
                    try history.note(moment, process: process, at: seconds)
                } catch {
                    failure = "\(error)"
                }
            }
            finish(failure)
        }
    }

    private func finish(_ failure: String?) {
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
