import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// Finds out what became of the runs of an earlier daemon.
///
/// A run is proven to be ours by pid, start time and boot, and by leading a session of its own; the environment confirms it
/// where it can be read. What cannot be proven is left alone (M12).
struct PastRuns {
    /// What became of one run.
    struct Found {
        var fate: RunFate
        /// The main process, also when it is gone; 0 when it is not known.
        var pid: Int32 = 0
        var startTicks: UInt64 = 0
        /// The main process; `nil` when it is gone.
        var pidfd: Descriptor?
        var pipes: (output: FileStatus.Identity?, error: FileStatus.Identity?) = (nil, nil)

        /// Whether anything of it runs.
        var isThere: Bool {
            switch fate {
            case .lives: true
            case .ended(let observation): observation.stragglers > 0
            case .neverExecuted: false
            }
        }
    }

    private let contents: JournalContents
    private let proc: ProcFilesystem
    private let inherited: InheritedDescriptors
    private let reports: KeeperReports?
    private let scope: AppScope?
    private let beingExecuted = ExecutionWait()

    init(
        _ contents: JournalContents,
        in proc: ProcFilesystem,
        _ inherited: InheritedDescriptors,
        _ reports: KeeperReports? = nil,
        _ scope: AppScope? = nil
    ) {
        self.scope = scope
        self.reports = reports
        self.contents = contents
        self.proc = proc
        self.inherited = inherited
    }

    /// Finds out what became of the run in a checkpoint.
    func find(_ checkpoint: ProcessCheckpoint) -> Found {
        guard let run = checkpoint.run else { return Found(fate: .neverExecuted) }
        let kept = inherited.take(DescriptorName.pidfd(run.id))
        guard let executed = contents.executed[run.id] ?? findUnwritten(run, kept) else {
            return findRemains(of: run)
        }
        var found = Found(fate: .neverExecuted, pid: executed.pid, startTicks: executed.startTicks)
        found.pipes = (
            executed.output.flatMap { FileStatus.Identity(journalText: $0) },
            executed.error.flatMap { FileStatus.Identity(journalText: $0) }
        )
        let isOver = checkpoint.hasEnded
        var seen: ProcessExit?
        if !isOver, let pidfd = open(executed, kept) {
            let status = proc.statusOfZombie(executed.pid, startTicks: executed.startTicks)
            seen = status.map { ProcessExit($0) }
            // One that ended and does not tell how may tell when it is reaped: it is waited for like a living one.
            guard seen != nil, ProcessHandle.hasEnded(pidfd: pidfd.rawValue) else {
                found.pidfd = pidfd
                found.fate = .lives(pid: executed.pid)
                return found
            }
        }
        let main = RunEvidence(run: run.id, pid: executed.pid, startTicks: executed.startTicks)
        let group = scope?.group(of: run.id)
        let left = RunEvidence.members(of: main, leadsItsSession: false, in: proc, group)
            .filter { $0.processID != executed.pid }
        let exit = isOver ? .unknown : seen ?? exit(of: executed, kept)
        var observation = ExitObservation(exit: exit, stragglers: left.count)
        switch exit {
        case .signaled(.kill, _), .unknown: observation.followsOOMKill = (group?.oomKills ?? 0) > 0
        case .exited, .signaled: break
        }
        found.fate = .ended(observation)
        return found
    }

    /// Opens the main process if it is there and the very one; a zombie, too.
    private func open(_ executed: ExecutedRun, _ kept: Descriptor?) -> Descriptor? {
        let isKept =
            kept.map { ProcessHandle.subject(ofPidfd: $0.rawValue) == .process(executed.pid) } ?? false
        guard let pidfd = isKept ? kept : try? ProcessHandle.pidfdOpen(executed.pid) else { return nil }
        // Checked after the descriptor was opened: from here on the number cannot become another's.
        guard executed.pid != CurrentProcess.processID, let statistics = proc.stat(executed.pid),
            statistics.startTicks == executed.startTicks, statistics.session == executed.pid
        else { return nil }
        let claimed = proc.environmentValue(executed.pid, "NOVI_RUN")
        guard claimed == nil || claimed == "\(executed.run)" else { return nil }
        return pidfd
    }

    /// How a main process ended that nobody of us reaped: by the descriptor that was kept, or by whoever reaped it.
    private func exit(of executed: ExecutedRun, _ kept: Descriptor?) -> ProcessExit {
        if let kept, ProcessHandle.subject(ofPidfd: kept.rawValue) == .reaped,
            case .ended(let status) = ProcessHandle.rememberedExit(pidfd: kept.rawValue)
        {
            return ProcessExit(status)
        }
        return reports?.exit(of: executed.pid, startTicks: executed.startTicks) ?? .unknown
    }

    // MARK: - Runs whose pid was not written

    /// The daemon died between clone and the line with the pid: the child is found by its run id.
    private func findUnwritten(_ run: Run, _ kept: Descriptor?) -> ExecutedRun? {
        if let kept, case .process(let pid) = ProcessHandle.subject(ofPidfd: kept.rawValue),
            let statistics = proc.stat(pid)
        {
            return executed(run.id, statistics)
        }
        beingExecuted.await(since: run.launchedAt, in: proc)
        let text = "\(run.id)"
        for pid in proc.processIDs() {
            guard let statistics = proc.stat(pid), statistics.session == pid else { continue }
            if proc.environmentValue(pid, "NOVI_RUN") == text { return executed(run.id, statistics) }
        }
        return nil
    }

    /// A run whose pid is not known and whose main process is not there: what it left, or nothing.
    private func findRemains(of run: Run) -> Found {
        let main = RunEvidence(run: run.id, pid: 0, startTicks: 0)
        let left = RunEvidence.members(of: main, leadsItsSession: false, in: proc, scope?.group(of: run.id))
        guard !left.isEmpty else {
            return Found(fate: run.pid == nil ? .neverExecuted : .ended(ExitObservation(exit: .unknown)))
        }
        return Found(fate: .ended(ExitObservation(exit: .unknown, stragglers: left.count)))
    }

    /// The pipes of a run that nobody wrote down are those of its standard output and error.
    private func executed(_ run: RunID, _ statistics: ProcessStatistics) -> ExecutedRun {
        func pipe(_ descriptor: Int32) -> String? {
            let path = "/proc/\(statistics.processID)/fd/\(descriptor)"
            guard let status = try? FileStatus(path: path), status.kind == .fifo else { return nil }
            return status.identity.journalText
        }
        return ExecutedRun(
            run: run,
            pid: statistics.processID,
            startTicks: statistics.startTicks,
            output: pipe(1),
            error: pipe(2)
        )
    }
}

/// Waits for children of the dead daemon that have not executed their program yet.
///
/// Between clone and exec a child still looks like the daemon: its environment does not name its run. Such a child cannot
/// be told to end, and it must not be started a second time.
final class ExecutionWait {
    /// The longest wait, in milliseconds; the way from clone to exec takes less than one where nothing hinders it.
    static let limit = 2000

    private var isDone = false

    /// Waits until every process that was cloned of our program since an instant has executed another one.
    func await(since instant: MonotonicInstant, in proc: ProcFilesystem) {
        guard !isDone else { return }
        isDone = true
        // Start times are rounded down to a tick.
        let tick = 1_000_000_000 / ProcessStatistics.ticksPerSecond
        let earliest = UInt64(max(0, instant.nanoseconds / tick - 1))
        let own = CurrentProcess.processID
        let name = proc.commandName(own)
        for _ in 0..<Self.limit {
            let isOpen = proc.processIDs().contains { pid in
                // A daemon of another home has its threads by then.
                guard pid != own, let statistics = proc.stat(pid), statistics.state != .zombie,
                    statistics.startTicks >= earliest, statistics.threads == 1
                else { return false }
                return proc.commandName(pid) == name
            }
            guard isOpen else { return }
            usleep(1000)
        }
    }
}
