import LinuxSystem
import Shared

/// What proves that a process belongs to a run that is not our child (M12, M15).
///
/// Its cgroup; the run id in its environment, which every descendant inherits; the session of the main process; descent from
/// one of those. A number alone proves nothing: it may have been given out again.
struct RunEvidence {
    let run: RunID
    /// The main process, which may be gone.
    let pid: Int32
    /// When that was started, in clock ticks since boot.
    let startTicks: UInt64

    /// All living processes of a run.
    ///
    /// - Parameters:
    ///   - main: What is known of its main process.
    ///   - leadsItsSession: Whether the main process was seen alive by this daemon, so that its session cannot be another's.
    ///   - proc: Where processes are read.
    ///   - group: The run's cgroup, which no process leaves by forking; `nil` where it has none.
    /// - Returns: The processes in no order; no zombies.
    static func members(
        of main: RunEvidence,
        leadsItsSession: Bool,
        in proc: ProcFilesystem,
        _ group: ControlGroup? = nil
    ) -> [ProcessStatistics] {
        let all = proc.processIDs().compactMap { proc.stat($0) }
        let text = "\(main.run)"
        var belongs = Set(group?.processIDs() ?? [])
        for process in all where process.startTicks >= main.startTicks {
            if process.processID == main.pid, process.startTicks == main.startTicks {
                belongs.insert(process.processID)
            } else if process.state != .zombie, proc.environmentValue(process.processID, "NOVI_RUN") == text {
                belongs.insert(process.processID)
            }
        }
        let isReused = all.contains { $0.processID == main.pid && $0.startTicks != main.startTicks }
        // One that is proven to be ours and is in that session keeps the number from being another's.
        let holdsSession = all.contains { $0.session == main.pid && belongs.contains($0.processID) }
        if main.pid > 1, !isReused, leadsItsSession || holdsSession {
            for process in all where process.session == main.pid { belongs.insert(process.processID) }
        }
        var children: [Int32: [Int32]] = [:]
        for process in all { children[process.parentProcessID, default: []].append(process.processID) }
        var pending = Array(belongs)
        while let parent = pending.popLast(), belongs.count < Limits.treeProcesses {
            for child in children[parent] ?? [] where belongs.insert(child).inserted { pending.append(child) }
        }
        return all.filter { belongs.contains($0.processID) && $0.state != .zombie }
    }
}
