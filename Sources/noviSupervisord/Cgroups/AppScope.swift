import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// The cgroups of the apps, where the service manager gave us a scope for them (M18).
///
/// They do not lie below the service's own: with controllers enabled there and apps left over, systemd could not start the
/// service again. One group for each run, so that a run and its successor are told apart; its name ends with the run's id.
struct AppScope {
    /// The scope's own group; a process of ours keeps it alive while no app runs.
    let group: ControlGroup
    /// As /proc/PID/cgroup tells it, with the slash behind it.
    private let prefix: String

    /// Where the anchor is: a group that has controllers for those below it may have no process itself.
    private static let anchorName = "anchor"
    /// What counts for each run; not `cpu`, which would schedule apps in groups, and nobody asked for that.
    private static let controllers = ["memory", "pids"]

    /// Takes over a scope that is there.
    ///
    /// - Parameters:
    ///   - group: Its folder.
    ///   - path: Its path in the tree, as /proc/PID/cgroup tells it.
    init(_ group: ControlGroup, path: String) {
        self.group = group
        prefix = path + "/"
    }

    /// Prepares a scope that was just made: the anchor out of the way, counting on.
    func furnish(anchor: Int32) throws(SystemError) {
        let place = group.child(Self.anchorName)
        do throws(SystemError) {
            try place.create()
        } catch  where error.errorNumber == EEXIST {}
        place.take(anchor)
        _ = group.enable(Self.controllers)
    }

    /// Makes the group of a run.
    ///
    /// - Throws: `SystemError`; ENOENT when the scope was ended by others.
    func makeGroup(for run: RunID, of name: ProcessName) throws(SystemError) -> ControlGroup {
        let group = group.child("\(name)".replacing(":", with: ".") + "@\(run)")
        try group.create()
        return group
    }

    /// The group of a run of an earlier daemon; `nil` when it has none.
    func group(of run: RunID) -> ControlGroup? {
        group.children.first { $0.name.hasSuffix("@\(run)") }
    }

    /// Which run a process belongs to, by where it is.
    func run(of pid: Int32) -> RunID? {
        guard let path = ControlGroup.path(of: pid), path.hasPrefix(prefix) else { return nil }
        let name = path.dropFirst(prefix.count).prefix { $0 != "/" }
        return name.split(separator: "@").last.flatMap { RunID(String($0)) }
    }

    /// Removes the groups of runs that are over.
    func removeEmptyGroups() {
        // The kernel refuses those that have processes.
        for child in group.children where child.name != Self.anchorName { try? child.remove() }
    }

    /// Ends the anchor, and with it the scope unless apps are left in it.
    func release() {
        removeEmptyGroups()
        for pid in group.child(Self.anchorName).processIDs() {
            if let pidfd = try? ProcessHandle.pidfdOpen(pid),
                group.child(Self.anchorName).processIDs().contains(pid)
            {
                try? ProcessHandle.sendSignal(pidfd: pidfd.rawValue, SIGKILL)
            }
        }
    }
}
