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
    /// Where the run reports; `nil` when the socket could not be made.
    let notify: NotifySocket?
    /// The user id of the run.
    let userID: UInt32
    let includesTree: Bool
    let startedAt: MonotonicInstant
    /// Whether its main process has ended and waits to be reaped.
    var hasExited = false
    /// The start time of an adopted run's main process in clock ticks; 0 for our own children.
    var startTicks: UInt64 = 0
    /// Whether an earlier daemon launched it, so that it is not our child.
    var isAdopted = false
    /// Until when the kernel may take to tell how it ended; `nil` while it lives.
    var exitDeadline: MonotonicInstant?
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
        notify: NotifySocket?,
        userID: UInt32,
        startedAt: MonotonicInstant
    ) {
        self.id = id
        process = plan.process
        name = plan.name
        self.pid = pid
        self.pidfd = pidfd
        self.notify = notify
        self.userID = userID
        includesTree = plan.app.stop.includesTree
        self.startedAt = startedAt
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
