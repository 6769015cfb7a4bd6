/// All processes that belong to a run.
public enum ProcessTree {
    /// A process and the figures that were read with it.
    public typealias Member = ProcessStatistics

    /// The root and its descendants, breadth first, zombies included; empty when the root is gone.
    ///
    /// It reads two files per process of the tree and nothing else. A descendant whose parent ended is not found; see
    /// ``members(root:sessionOf:in:)``.
    ///
    /// - Parameters:
    ///   - root: The main process.
    ///   - proc: Where to read.
    /// - Returns: The root first.
    public static func descendants(root: Int32, in proc: ProcFilesystem) -> [Member] {
        guard let first = proc.stat(root) else { return [] }
        var members = [first]
        var seen: Set<Int32> = [root]
        var index = 0
        while index < members.count, members.count < Limits.treeProcesses {
            let parent = members[index]
            index += 1
            for child in proc.children(of: parent) where seen.insert(child).inserted {
                if let figures = proc.stat(child) { members.append(figures) }
            }
        }
        return members
    }

    /// The root, its descendants, and every process of a session with their descendants.
    ///
    /// It reads the whole process table once; for stops and memory, not for every second. A double fork leaves the tree
    /// but not the session; a daemon that also called setsid is found by its run id (M15).
    ///
    /// - Parameters:
    ///   - root: The main process, which may be gone.
    ///   - session: The session it led; `nil` to look at descendants only.
    ///   - proc: Where to read.
    /// - Returns: The processes in no order; empty when none is left.
    public static func members(
        root: Int32,
        sessionOf session: Int32?,
        in proc: ProcFilesystem
    ) -> [Member] {
        guard let session else { return descendants(root: root, in: proc) }
        let all = proc.processIDs().compactMap { proc.stat($0) }
        var belongs: Set<Int32> = []
        for process in all where process.processID == root || process.session == session {
            belongs.insert(process.processID)
        }
        var children: [Int32: [Int32]] = [:]
        for process in all {
            children[process.parentProcessID, default: []].append(process.processID)
        }
        var pending = Array(belongs)
        while let parent = pending.popLast(), belongs.count < Limits.treeProcesses {
            for child in children[parent] ?? [] where belongs.insert(child).inserted {
                pending.append(child)
            }
        }
        return all.filter { belongs.contains($0.processID) }
    }
}
