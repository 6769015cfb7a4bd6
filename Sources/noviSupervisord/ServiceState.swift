import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// What the service manager that started us is told (sd_notify(3)); nothing without one.
///
/// Never waits for the manager, which may be busy for seconds: what its queue has no room for is sent in order when the socket
/// is writable.
final class ServiceState {
    private struct Message {
        var state: String
        /// What goes along; it must stay open until the kernel has a duplicate.
        var descriptor: Descriptor?
    }

    private let socket: ServiceManagerSocket?
    private let poll: EventPoll
    /// What the manager said at our start.
    let variables: ServiceManagerVariables
    private var waiting: [Message] = []
    private var isWatched = false
    private var pulse: ServicePulse?
    private var stopPatience: StopPatience?
    private var lastStatus = ""
    private var mustShowStatus = false
    /// The names in the manager's descriptor store.
    private var stored: Set<String> = []

    /// The most messages that wait; descriptors beyond it are not stored.
    static let maximumWaiting = 4096

    /// Begins to speak to the manager; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - variables: What the manager said at our start.
    ///   - poll: Where the socket is watched while messages wait, with the token of ``Token/Kind/serviceManager``.
    ///   - now: The present time.
    init(_ variables: ServiceManagerVariables, poll: EventPoll, at now: MonotonicInstant) {
        self.variables = variables
        self.poll = poll
        socket = variables.notifySocket.map { ServiceManagerSocket(path: $0) }
        if socket != nil {
            pulse = ServicePulse(
                microseconds: variables.watchdog,
                watched: variables.watchdogPID,
                pid: CurrentProcess.processID,
                at: now
            )
        }
    }

    /// Sends assignments, one a line.
    func notify(_ state: String) {
        send(Message(state: state))
    }

    /// Has the status line sent at the end of this turn of the loop.
    func statusMayHaveChanged() {
        mustShowStatus = socket != nil
    }

    /// Says that the ordered stop has begun; from here on the manager is asked for as much time as the stop may take.
    func beginStop(at now: MonotonicInstant) {
        guard socket != nil, stopPatience == nil else { return }
        stopPatience = StopPatience(at: now)
        notify("STOPPING=1")
    }

    /// When the loop must turn to prove that it is alive; `nil` when nobody asks.
    var deadline: MonotonicInstant? { pulse?.deadline }

    /// Says what is due at the end of a turn of the loop.
    ///
    /// - Parameters:
    ///   - now: The present time.
    ///   - nextTimer: The next deadline of the core.
    ///   - status: Makes the status line.
    func endTurn(
        at now: MonotonicInstant,
        nextTimer: @autoclosure () -> MonotonicInstant?,
        status: @autoclosure () -> String
    ) {
        guard socket != nil else { return }
        if pulse?.beats(at: now) == true { notify("WATCHDOG=1") }
        if let time = stopPatience?.request(until: nextTimer(), at: now) {
            notify("EXTEND_TIMEOUT_USEC=\(time.wholeNanoseconds / 1000)")
        }
        // One line for all that happened in the turn; a busy manager gets the latest only.
        guard mustShowStatus, waiting.isEmpty else { return }
        mustShowStatus = false
        let line = status()
        guard line != lastStatus else { return }
        lastStatus = line
        notify("STATUS=\(line)")
    }

    /// The clock of `MONOTONIC_USEC=` (CLOCK_MONOTONIC).
    static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    // MARK: - The descriptor store (M19)

    /// Says which descriptors the manager has kept since an earlier daemon.
    func haveStored(_ names: some Sequence<String>) {
        guard socket != nil else { return }
        stored.formUnion(names)
    }

    /// Has the manager keep a descriptor for the next daemon, unless it has one of that name.
    ///
    /// - Parameters:
    ///   - descriptor: What to keep.
    ///   - name: Its name; without a colon, at most 255 bytes.
    func store(_ descriptor: Descriptor, named name: String) {
        guard socket != nil, waiting.count < Self.maximumWaiting, stored.insert(name).inserted else { return }
        // FDPOLL=0: without it the manager closes a pidfd or a pipe as soon as its other side is gone.
        send(Message(state: "FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)", descriptor: descriptor))
    }

    /// Has the manager close what it keeps by a name.
    func release(_ name: String) {
        guard stored.remove(name) != nil else { return }
        send(Message(state: "FDSTOREREMOVE=1\nFDNAME=\(name)"))
    }

    /// Has the manager close everything but what is wanted.
    func releaseAll(except isWanted: (String) -> Bool) {
        for name in stored.sorted() where !isWanted(name) { release(name) }
    }

    // MARK: - Sending

    /// Sends what waited; to be called when the socket is writable.
    func resume() {
        var sent = 0
        while sent < waiting.count, isDone(waiting[sent]) { sent += 1 }
        waiting.removeFirst(sent)
        watch(!waiting.isEmpty)
    }

    private func send(_ message: Message) {
        guard socket != nil else { return }
        if waiting.isEmpty, isDone(message) { return }
        waiting.append(message)
        watch(true)
    }

    /// Whether nothing more is to be done about a message; one that cannot be sent at all is given up.
    private func isDone(_ message: Message) -> Bool {
        socket?.send(Array(message.state.utf8), with: message.descriptor) != .full
    }

    private func watch(_ isWanted: Bool) {
        guard isWanted != isWatched, let descriptor = socket?.rawValue else { return }
        if isWanted {
            isWatched =
                (try? poll.add(descriptor, .writable, token: Token(.serviceManager, 0).rawValue)) != nil
        } else {
            poll.remove(descriptor)
            isWatched = false
        }
    }
}
