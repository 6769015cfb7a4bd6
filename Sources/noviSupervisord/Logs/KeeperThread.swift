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
    }

    private let mailbox = Mutex(Mailbox())
    private let thread = JoinableThread()
    private let hasWork: WakeupDescriptor
    /// Readable when the thread is to end.
    private let mustEnd: WakeupDescriptor
    /// Readable when there are notices.
    let hasNotices: WakeupDescriptor

    /// Makes it; no thread runs yet.
    ///
    /// - Throws: `SystemError` when its descriptors cannot be made.
    init() throws(SystemError) {
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
        let mustStart = mailbox.withLock { box in
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
        while !stops {
            hasWork.clear()
            let logs = mailbox.withLock { $0.logs }
            let now = Clocks.realtimeNanoseconds() / 1_000_000_000
            let report = keeper.pass(logs, now: now, shouldStop: { self.stops })
            if !report.notices.isEmpty {
                mailbox.withLock { $0.notices += report.notices }
                hasNotices.wake()
            }
            guard !stops else { return }
            gather()
            wait(until: report.nextLook)
        }
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
