import Glibc
import LinuxSystem
import LogFiles
import SupervisorCore
import Synchronization

/// The thread that compresses and deletes rotated logs, with what processors and disks have left over; it is started when
/// there is something to keep.
final class KeeperThread: Sendable {
    private struct Mailbox: Sendable {
        var logs: [LogKeeper.KeptLog] = []
        var notices: [LogNotice] = []
        var isActive = false
        var stops = false
        /// Whether rotated files are to be looked at, not only the room of the disks.
        var mustKeep = false
        /// Whether the room of the disks is to be looked at.
        var mustLookAtDisks = false
    }

    private let mailbox = Mutex(Mailbox())
    private let thread = JoinableThread()
    private let hasWork: WakeupDescriptor
    /// Readable when the thread is to end.
    private let mustEnd: WakeupDescriptor
    /// Readable when there are notices.
    let hasNotices: WakeupDescriptor
    /// The most bytes of all rotated files together; `nil` for any.
    private let totalLimit: Int64?

    /// Makes it; no thread runs yet.
    ///
    /// - Parameter totalLimit: The most bytes of all rotated files together; `nil` for any.
    /// - Throws: `SystemError` when its descriptors cannot be made.
    init(totalLimit: Int64? = nil) throws(SystemError) {
        self.totalLimit = totalLimit
        hasWork = try WakeupDescriptor()
        mustEnd = try WakeupDescriptor()
        hasNotices = try WakeupDescriptor()
    }

    /// Says which logs there are.
    func set(_ logs: [LogKeeper.KeptLog]) {
        mailbox.withLock { $0.logs = logs }
    }

    /// Says that a file was rotated, or may be there from before.
    func wake() {
        wake { $0.mustKeep = true }
    }

    /// Says that a disk may have little room left.
    func lookAtDisks() {
        wake { $0.mustLookAtDisks = true }
    }

    private func wake(_ change: (inout Mailbox) -> Void) {
        let mustStart = mailbox.withLock { box in
            change(&box)
            guard !box.isActive, !box.stops else { return false }
            box.isActive = true
            return true
        }
        if mustStart {
            thread.start { [self] in
                CurrentProcess.setName("novi-keeper")
                CurrentProcess.lowerThreadPriority()
                run()
            }
        }
        hasWork.wake()
    }

    /// What happened since the last call.
    func takeNotices() -> [LogNotice] {
        hasNotices.clear()
        return mailbox.withLock { box in
            defer { box.notices = [] }
            return box.notices
        }
    }

    /// Ends the thread; a compression under way is given up and begun again by the next daemon.
    func stop() {
        let isActive = mailbox.withLock { box in
            box.stops = true
            return box.isActive
        }
        guard isActive else { return }
        mustEnd.wake()
        hasWork.wake()
        thread.join()
    }

    private var stops: Bool { mailbox.withLock { $0.stops } }

    private func run() {
        let keeper = LogKeeper()
        var nextLook: Int64?
        while !stops {
            hasWork.clear()
            let (logs, mustKeep, mustLook) = mailbox.withLock { box in
                defer {
                    box.mustKeep = false
                    box.mustLookAtDisks = false
                }
                return (box.logs, box.mustKeep, box.mustLookAtDisks)
            }
            let now = Clocks.realtimeNanoseconds() / 1_000_000_000
            if mustLook, !mustKeep, nextLook.map({ now < $0 }) ?? true {
                publish(keeper.lookAtDisks(logs))
            } else {
                let report = keeper.pass(logs, now: now, totalLimit: totalLimit, shouldStop: { self.stops })
                nextLook = report.nextLook
                publish(report)
            }
            guard !stops else { return }
            gather()
            wait(until: nextLook)
        }
    }

    private func publish(_ report: LogKeeper.Report) {
        guard !report.notices.isEmpty else { return }
        mailbox.withLock { $0.notices += report.notices }
        hasNotices.wake()
    }

    /// Waits a second, or for the end: rotations of a busy moment are looked at together.
    private func gather() {
        var watched = pollfd(fd: mustEnd.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&watched, 1, 1000)
    }

    private func wait(until nextLook: Int64?) {
        var watched = pollfd(fd: hasWork.rawValue, events: Int16(POLLIN), revents: 0)
        var timeout: Int32 = -1
        if let nextLook {
            let seconds = max(1, nextLook - Clocks.realtimeNanoseconds() / 1_000_000_000)
            // At most a day: the clock may be set meanwhile.
            timeout = Int32(min(seconds, 86_400)) * 1000
        }
        _ = poll(&watched, 1, timeout)
    }
}
