import Glibc
import LinuxSystem
import SupervisorCore

/// The descriptors that the daemon may still open for apps; a few stay free, so that it can always be asked and write its state (F9).
enum DescriptorBudget {
    /// What stays free for clients, files of the state and looks at `/proc`.
    static let reserve = 16
    /// What one output takes at most: its pipe's end, the writing end while it is handed over, log file, index.
    private static let eachOutput = 4
    /// What one run takes beside it: pidfd, notify socket, cgroup, the spawn's own pipe.
    private static let eachRun = 4

    /// Refuses a launch for which there is no room, before anything is opened for it.
    ///
    /// - Parameters:
    ///   - app: What is to be launched.
    ///   - isFresh: Whether pipes, log files and sockets are still to be opened.
    /// - Throws: ``SpawnFailure`` that tells how many descriptors are missing and what to raise.
    static func admit(_ app: AppDefinition, isFresh: Bool) throws(SpawnFailure) {
        let needed = eachRun + (isFresh ? 2 * eachOutput + app.listen.count : 2)
        guard let room, room.allowed - room.used < needed + reserve else { return }
        let missing = needed + reserve - (room.allowed - room.used)
        throw SpawnFailure(
            stage: "descriptors",
            errorName: "EMFILE",
            message: "\(missing) file descriptors are missing: the daemon may have \(room.allowed) and has "
                + "\(room.used) open, \(reserve) stay free for commands, this app takes \(needed); raise the "
                + "daemon's hard limit (LimitNOFILE=, ulimit -Hn)"
        )
    }

    /// How many descriptors are allowed and open; `nil` while there is room for sure.
    private static var room: (allowed: Int, used: Int)? {
        guard let limit = try? ResourceLimits.current(.openFiles), limit.soft != ResourceLimits.infinity
        else {
            return nil
        }
        let allowed = Int(clamping: limit.soft)
        // The kernel gives the lowest free number: while that is low, counting them is not worth it.
        let lowest = fcntl(0, F_DUPFD_CLOEXEC, 0)
        if lowest >= 0 {
            close(lowest)
            if Int(lowest) < allowed / 2 { return nil }
        }
        guard let used = try? Directory.names(in: "/proc/self/fd").count else { return nil }
        return (allowed, used)
    }
}
