import LinuxSystem
import Shared

/// Which processes belong to which run, also those that left the group, lost their parent or took a session of their own.
///
/// The daemon is the subreaper: whatever loses its parent below it becomes its child. A child that is no main process is
/// an orphan of a run; it is attributed by its session (every run has its own), its cgroup or `NOVI_RUN` in its environment,
/// and remembered. What cannot be attributed is reaped when it ends and never signalled.
struct ProcessTreeWatch {
    /// A process, told apart from a later one of the same number.
    private struct Orphan {
        var run: RunID?
        var startTicks: UInt64
    }

    /// Where processes are read.
    let proc: ProcFilesystem
    /// The cgroups of the runs; `nil` where they have none.
    var scope: AppScope?
    private var mains: [Int32: RunID] = [:]
    private var orphans: [Int32: Orphan] = [:]

    init(proc: ProcFilesystem) {
        self.proc = proc
    }

    /// Notes the main process of a run.
    mutating func add(main: Int32, of run: RunID) {
        mains[main] = run
    }

    /// Forgets the main process of a run, reaped.
    mutating func remove(main: Int32, of run: RunID) {
        // The number may be that of a later run by now.
        if mains[main] == run { mains[main] = nil }
    }

    /// A child that belongs to no run and is reaped by whoever started it; `nil` for none.
    var ownChild: Int32?

    /// Whether the orphans were looked for in the present turn of the loop.
    ///
    /// Once a turn is enough: who ended before the turn began has handed over its children before.
    private var isFresh = false

    /// Begins a new turn of the loop.
    mutating func beginTurn() {
        isFresh = false
        lastListed = nil
    }

    /// The last run whose processes were listed for a signal in the present turn.
    private var lastListed: (run: RunID, main: Int32?, members: [ProcessStatistics])?

    /// All processes of a run that are to get a signal, listed once for the signals that go out together: a stop sends
    /// SIGTERM and SIGCONT.
    mutating func recipients(of live: LiveRun) -> [ProcessStatistics] {
        let main = live.hasExited ? nil : live.pid
        if let lastListed, lastListed.run == live.id, lastListed.main == main { return lastListed.members }
        let members = members(of: live)
        lastListed = (live.id, main, members)
        return members
    }

    /// Looks for new orphans and reaps those that ended; at most once a turn.
    mutating func refresh() {
        guard !isFresh else { return }
        isFresh = true
        var seen: Set<Int32> = []
        // The loop, which is the main thread, is the only one that makes processes.
        for pid in proc.childrenOfMainThread(of: CurrentProcess.processID)
        where mains[pid] == nil && pid != ownChild {
            guard let statistics = proc.stat(pid) else { continue }
            if statistics.state == .zombie {
                orphans[pid] = nil
                _ = try? ProcessHandle.reapChild(pid: pid)
                continue
            }
            seen.insert(pid)
            if orphans[pid]?.startTicks != statistics.startTicks {
                orphans[pid] = Orphan(run: attribute(pid, statistics), startTicks: statistics.startTicks)
            }
        }
        for pid in orphans.keys where !seen.contains(pid) {
            orphans[pid] = nil
        }
    }

    /// The orphans of a run.
    func orphans(of run: RunID) -> [Int32] {
        orphans.filter { $0.value.run == run }.map(\.key)
    }

    /// Whether a run has orphans.
    func hasOrphans(_ run: RunID) -> Bool {
        orphans.contains { $0.value.run == run }
    }

    /// All processes of a run below its main process and below its orphans, the main process first.
    func members(main: Int32?, of run: RunID) -> [ProcessStatistics] {
        let roots = (main.map { [$0] } ?? []) + orphans(of: run)
        return roots.flatMap { ProcessTree.descendants(root: $0, in: proc) }.filter { $0.state != .zombie }
    }

    /// All processes of a run; of one that is not our child the whole process table is read (M15).
    func members(of live: LiveRun) -> [ProcessStatistics] {
        guard live.isAdopted else { return members(main: live.hasExited ? nil : live.pid, of: live.id) }
        let main = RunEvidence(run: live.id, pid: live.pid, startTicks: live.startTicks)
        return RunEvidence.members(of: main, leadsItsSession: !live.lostMain, in: proc, live.group)
            .filter { !(live.hasExited && $0.processID == live.pid) }
    }

    private func attribute(_ pid: Int32, _ statistics: ProcessStatistics) -> RunID? {
        if let run = mains[statistics.session] ?? scope?.run(of: pid) { return run }
        return proc.environmentValue(pid, "NOVI_RUN").flatMap { RunID($0) }
    }
}
