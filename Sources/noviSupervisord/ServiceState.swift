import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// What the service manager that started us is told (sd_notify(3)); nothing without one.
final class ServiceState {
    private let messages: OutgoingMessages?
    /// What the manager said at our start.
    let variables: ServiceManagerVariables
    private var pulse: ServicePulse?
    private var stopPatience: StopPatience?
    private var lastStatus = ""
    private var mustShowStatus = false

    /// Begins to speak to the manager; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - variables: What the manager said at our start.
    ///   - messages: The way to the manager; `nil` without one.
    ///   - now: The present time.
    init(_ variables: ServiceManagerVariables, _ messages: OutgoingMessages?, at now: MonotonicInstant) {
        self.variables = variables
        self.messages = messages
        if messages != nil {
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
        messages?.send(state)
    }

    /// Sends what waited; to be called when the socket is writable.
    func resume() {
        messages?.resume()
    }

    /// Has the status line sent at the end of this turn of the loop.
    func statusMayHaveChanged() {
        mustShowStatus = messages != nil
    }

    /// Says that the ordered stop has begun; from here on the manager is asked for as much time as the stop may take.
    func beginStop(at now: MonotonicInstant) {
        guard messages != nil, stopPatience == nil else { return }
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
        guard let messages else { return }
        if pulse?.beats(at: now) == true { notify("WATCHDOG=1") }
        if let time = stopPatience?.request(until: nextTimer(), at: now) {
            notify("EXTEND_TIMEOUT_USEC=\(time.wholeNanoseconds / 1000)")
        }
        // One line for all that happened in the turn; a busy manager gets the latest only.
        guard mustShowStatus, messages.isEmpty else { return }
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
}
