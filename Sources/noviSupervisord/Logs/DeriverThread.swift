import Glibc
import LinuxSystem
import LogFiles
import Shared
import SupervisorCore
import Synchronization

/// The thread that makes derived logs (M7); it is started with the first job and does nothing while nothing is written.
final class DeriverThread: Sendable {
    /// What is to be done with derived files on command.
    struct Change: Sendable {
        /// The number of the command.
        var ticket: UInt64
        /// What to do.
        var change: Deriver.FileChange
        /// The files.
        var paths: [String]
        /// The primary logs that were emptied by the same command.
        var emptied: [String]
    }

    /// What came of it.
    struct ChangeResult: Sendable {
        /// The number of the command.
        var ticket: UInt64
        /// Files that were made or emptied.
        var paths: [String] = []
        /// What did not work.
        var failures: [String] = []
    }

    private struct Mailbox: Sendable {
        var jobs: [DerivedJob]?
        var grown: Set<String> = []
        var complete: Set<String> = []
        var runs: [String: RunID?] = [:]
        var floors: [Deriver.Floor] = []
        var changes: [Change] = []
        var changed: [ChangeResult] = []
        var notices: [LogNotice] = []
        var isActive = false
        var stops = false
    }

    private let mailbox = Mutex(Mailbox())
    private let thread = JoinableThread()
    private let hasWork: WakeupDescriptor
    /// Where runs ended in primary logs.
    private let runEnds = RunEnds()
    /// Readable when there are notices.
    let hasNotices: WakeupDescriptor

    /// Makes it; no thread runs yet.
    ///
    /// - Throws: `SystemError` when its descriptors cannot be made.
    init() throws(SystemError) {
        hasWork = try WakeupDescriptor()
        hasNotices = try WakeupDescriptor()
    }

    /// Replaces what is to be derived.
    func set(_ jobs: [DerivedJob]) {
        let mustStart = mailbox.withLock { box in
            box.jobs = jobs
            guard !box.isActive, !jobs.isEmpty else { return false }
            box.isActive = true
            return true
        }
        if mustStart {
            thread.start { [self] in
                CurrentProcess.setName("novi-deriver")
                Engine(self).run()
            }
        }
        hasWork.wake()
    }

    /// Says that a primary log grew; costs nothing while there are no jobs.
    func wake(_ path: String) {
        let mustWake = mailbox.withLock { box in
            guard box.isActive else { return false }
            return box.grown.insert(path).inserted && box.grown.count == 1
        }
        if mustWake { hasWork.wake() }
    }

    /// Says that a run that wrote to a primary log has ended here; before anything of the next one is written.
    func endRun(of path: String, at place: RunEnds.Place) {
        let isActive = mailbox.withLock { $0.isActive }
        runEnds.add(place, of: path, replaces: !isActive)
        if isActive { wake(path) }
    }

    /// Says that nobody writes to a primary log any more and all that was written is there.
    func complete(_ path: String?) {
        guard let path else { return }
        let isActive = mailbox.withLock { box in
            if box.isActive { box.complete.insert(path) }
            return box.isActive
        }
        if isActive { hasWork.wake() }
    }

    /// Says which run writes to a primary log from now on.
    func setRun(_ run: RunID?, of path: String?) {
        guard let path else { return }
        mailbox.withLock { $0.runs[path] = run }
    }

    /// What is still needed of each primary log.
    var floors: [Deriver.Floor] { mailbox.withLock { $0.floors } }

    /// What happened since the last call.
    func takeNotices() -> [LogNotice] {
        hasNotices.clear()
        return mailbox.withLock { box in
            defer { box.notices = [] }
            return box.notices
        }
    }

    /// Puts derived files aside, or empties them, behind all that is there now; answered by ``takeChanges()``.
    ///
    /// - Returns: Whether there is somebody to do it.
    func change(_ change: Change) -> Bool {
        let isActive = mailbox.withLock { box in
            if box.isActive { box.changes.append(change) }
            return box.isActive
        }
        if isActive { hasWork.wake() }
        return isActive
    }

    /// What came of commands since the last call.
    func takeChanges() -> [ChangeResult] {
        mailbox.withLock { box in
            defer { box.changed = [] }
            return box.changed
        }
    }

    /// Ends the thread; what was not derived yet is derived by the next daemon.
    func stop() {
        let isActive = mailbox.withLock { box in
            box.stops = true
            return box.isActive
        }
        guard isActive else { return }
        hasWork.wake()
        thread.join()
    }

    /// The thread's own state.
    private final class Engine {
        private let owner: DeriverThread
        private let deriver: Deriver
        private var jobs: [DerivedJob: Deriver.JobID] = [:]
        private var stops = false
        /// Targets that cannot be written, since when and why: told once for each reason, and when it is over.
        private var failing: [Deriver.JobID: (since: Int64, reason: String)] = [:]
        /// Primary logs that were emptied on command, which is no surprise.
        private var emptied: Set<String> = []
        private var runs: [String: RunID?] = [:]

        /// How long lines are gathered before the next look, so that a busy log costs few wake-ups.
        private static let gatheringNanoseconds: Int64 = 2_000_000
        private static let chunkBytes = 256 << 10

        init(_ owner: DeriverThread) {
            self.owner = owner
            deriver = Deriver(
                journal: JournalSocket(),
                readback: JournalReadback(),
                runEnds: owner.runEnds,
                chunkBytes: Self.chunkBytes
            )
        }

        func run() {
            while !stops {
                obey()
                guard !stops else { return finish() }
                if let step = deriver.step() {
                    remark(on: step)
                    continue
                }
                publishFloors()
                wait()
            }
        }

        /// Derives what is there, so that nothing has to wait for the next daemon; bounded, for a target that is slow.
        private func finish() {
            var budget = 4096
            while budget > 0, deriver.step() != nil { budget -= 1 }
        }

        private func wait() {
            var watched = [pollfd(fd: owner.hasWork.rawValue, events: Int16(POLLIN), revents: 0)]
            if let journal = deriver.journalDescriptor, deriver.nextTry != nil {
                watched.append(pollfd(fd: journal, events: Int16(POLLOUT), revents: 0))
            }
            var timeout: Int32 = -1
            if let next = deriver.nextTry {
                timeout = Int32(clamping: max(1, (next - Clocks.monotonicNanoseconds()) / 1_000_000))
            }
            let isReady = poll(&watched, nfds_t(watched.count), timeout) > 0
            if isReady, watched.count > 1, watched[1].revents != 0 { deriver.wakeJournal() }
            JoinableThread.sleep(nanoseconds: Self.gatheringNanoseconds)
        }

        private func obey() {
            owner.hasWork.clear()
            let (wanted, grown, complete, runs, changes, mustStop) = owner.mailbox.withLock { box in
                defer {
                    box.jobs = nil
                    box.grown = []
                    box.complete = []
                    box.runs = [:]
                    box.changes = []
                }
                return (box.jobs, box.grown, box.complete, box.runs, box.changes, box.stops)
            }
            stops = mustStop
            for path in grown { deriver.wake(path) }
            self.runs.merge(runs) { $1 }
            if let wanted { replaceJobs(wanted) }
            for (path, run) in wanted == nil ? runs : self.runs { deriver.setRun(run, of: path) }
            for path in complete { deriver.complete(path) }
            for change in changes { carryOut(change) }
        }

        private func carryOut(_ change: Change) {
            emptied = Set(change.emptied)
            for path in change.emptied { deriver.wake(path) }
            for path in change.paths { deriver.wake(makerOf: path) }
            settle()
            emptied = []
            var result = ChangeResult(ticket: change.ticket)
            for path in change.paths {
                do throws(SystemError) {
                    if let changed = try deriver.change(path, change.change) { result.paths.append(changed) }
                } catch {
                    result.failures.append("\(error)")
                }
            }
            publishFloors()
            owner.mailbox.withLock { [result] in $0.changed.append(result) }
            owner.hasNotices.wake()
        }

        /// Derives what is there; bounded, for a target that is slow.
        private func settle() {
            var budget = 4096
            while budget > 0, let step = deriver.step() {
                remark(on: step)
                budget -= 1
            }
        }

        private func replaceJobs(_ wanted: [DerivedJob]) {
            let leaving = Set(jobs.keys).subtracting(wanted)
            if !leaving.isEmpty {
                // What the logs of deleted processes hold goes where it belongs before they are let go.
                settle()
            }
            for job in leaving {
                if let id = jobs.removeValue(forKey: job) {
                    deriver.remove(id)
                    failing[id] = nil
                }
            }
            for job in wanted where jobs[job] == nil {
                if case .file(let log, _, _) = job.target {
                    try? Directory.createIfMissing(log.folder, mode: 0o750)
                }
                jobs[job] = deriver.add(job)
            }
            publishFloors()
        }

        private func publishFloors() {
            let floors = deriver.floors
            owner.mailbox.withLock { $0.floors = floors }
        }

        private func remark(on step: Deriver.Step) {
            var notices: [LogNotice] = []
            switch step.outcome {
            case .failed(let error):
                let reason = "\(error)"
                // Once for each reason: the next try may fail alike for days.
                if failing[step.job]?.reason != reason {
                    notices.append(.derivingFailed(log: target(of: step.job), reason: reason))
                    let since = failing[step.job]?.since ?? Clocks.monotonicNanoseconds()
                    failing[step.job] = (since, reason)
                }
            case .progressed, .idle:
                if let trouble = failing.removeValue(forKey: step.job), let log = target(of: step.job) {
                    let wait = Clocks.monotonicNanoseconds() - trouble.since
                    notices.append(.recovered(log: log, after: .nanoseconds(wait), lines: 0, bytes: 0))
                }
            case .waitsForJournal, .journalAbsent: break
            }
            for (path, surprise) in step.surprises {
                if surprise == .cut, emptied.remove(path) != nil { continue }
                notices.append(.derivingFailed(log: path, reason: surprise.text))
            }
            guard !notices.isEmpty else { return }
            owner.mailbox.withLock { $0.notices += notices }
            owner.hasNotices.wake()
        }

        /// What a job writes.
        private func target(of id: Deriver.JobID) -> String? {
            guard let job = jobs.first(where: { $0.value == id })?.key else { return nil }
            switch job.target {
            case .file(let log, _, _): return log.path
            case .journal(let commitPath, _): return commitPath
            }
        }
    }
}

extension Deriver.Surprise {
    /// What happened, for people.
    fileprivate var text: String {
        switch self {
        case .cut: "it was cut by others and is read from its new beginning"
        case .lost: "the file that was read last is gone; reading goes on with the next one"
        case .damaged: "a rotated file cannot be read to its end; reading goes on with the next one"
        }
    }
}
