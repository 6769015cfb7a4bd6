import LinuxSystem
import Shared
import SupervisorCore

/// A run as the daemon holds it: its process, its notify socket.
final class LiveRun {
    let id: RunID
    /// The number of its process.
    let process: Int
    let name: ProcessName
    /// The main process, watched by pidfd.
    let pid: Int32
    let pidfd: Descriptor
    /// When it was started, in clock ticks since boot (M12).
    let startTicks: UInt64
    /// The pipes that it got, for those who come after us.
    var pipes: (output: FileStatus.Identity?, error: FileStatus.Identity?)
    /// Where the run reports; `nil` when the socket could not be made.
    let notify: NotifySocket?
    /// The user id of the run.
    let userID: UInt32
    let includesTree: Bool
    let startedAt: MonotonicInstant
    /// Whether its main process has ended and waits to be reaped.
    var hasExited = false
    /// Whether an earlier daemon launched it, so that it is not our child.
    var isAdopted = false
    /// Whether its main process ended while no daemon ran: its session may be another's by now.
    var lostMain = false
    /// Until when the kernel may take to tell how it ended; `nil` while it lives.
    var exitDeadline: MonotonicInstant?
    /// Its cgroup; `nil` where runs have none.
    var group: ControlGroup?
    /// What it left behind, where that does not come to us when it ends.
    var stragglers: [Descriptor] = []
    /// Whether it ended with processes left, so that the end of the tree is awaited.
    var awaitsEmptyTree = false
    /// Foreign reports that were ignored since it was last told.
    var ignoredReports = 0
    /// When foreign reports were last told.
    var ignoredReportsToldAt: MonotonicInstant?

    init(
        id: RunID,
        plan: LaunchPlan,
        pid: Int32,
        pidfd: Descriptor,
        startTicks: UInt64,
        pipes: (output: FileStatus.Identity?, error: FileStatus.Identity?),
        notify: NotifySocket?,
        userID: UInt32,
        startedAt: MonotonicInstant
    ) {
        self.id = id
        process = plan.process
        name = plan.name
        self.pid = pid
        self.pidfd = pidfd
        self.startTicks = startTicks
        self.pipes = pipes
        self.notify = notify
        self.userID = userID
        includesTree = plan.app.stop.includesTree
        self.startedAt = startedAt
    }
}

extension LiveRun {
    /// What the run journal holds to know it again.
    var executed: ExecutedRun {
        ExecutedRun(
            run: id,
            pid: pid,
            startTicks: startTicks,
            output: pipes.output?.journalText,
            error: pipes.error?.journalText
        )
    }
}

/// The socket on which one run reports (M22): its own, so that a late word of an earlier run cannot reach this one.
final class NotifySocket {
    let path: String
    let socket: DatagramSocket

    /// Binds a socket that only `owner` may write to.
    init(path: String, owner: Directory.Owner?) throws(SystemError) {
        self.path = path
        socket = try DatagramSocket(bind: path, owner: owner)
    }

    /// Takes over a socket that outlived an earlier daemon.
    init(adopting descriptor: Descriptor, path: String) throws(SystemError) {
        self.path = path
        socket = try DatagramSocket(adopting: descriptor, path: path)
    }

    deinit {
        socket.unlinkPath()
    }
}
