import Shared

extension LifecycleNotice.Kind {
    /// The stable word for this kind, for machines.
    public var word: String {
        switch self {
        case .registered: "registered"
        case .deleted: "deleted"
        case .configurationChanged: "configuration_changed"
        case .waitingForDependencies: "waiting_for_dependencies"
        case .launched: "launched"
        case .adopted: "adopted"
        case .foundEnded: "found_ended"
        case .launchFailed: "launch_failed"
        case .online: "online"
        case .signaled: "signaled"
        case .exited: "exited"
        case .stragglersEnded: "stragglers_ended"
        case .waitingToRestart: "waiting_to_restart"
        case .gaveUp: "gave_up"
        case .stopping: "stopping"
        case .killed: "killed"
        case .unkillable: "unkillable"
        case .cleanupRequested: "cleanup_requested"
        case .memoryRestartsExhausted: "memory_restarts_exhausted"
        case .memoryReport: "memory_report"
        case .failureReported: "failure_reported"
        case .ignored: "ignored"
        case .shutdownBegan: "shutdown_began"
        case .upgraded: "upgraded"
        case .upgradeFailed: "upgrade_failed"
        case .log(let notice): notice.word
        }
    }

    /// How grave it is: an error where Novi itself will not put it right, a warning for failures and what is close to them.
    public var level: LogLevel {
        switch self {
        case .launchFailed, .gaveUp, .unkillable, .memoryRestartsExhausted: .error
        case .waitingToRestart, .killed, .cleanupRequested, .failureReported, .stragglersEnded,
            .upgradeFailed:
            .warning
        case .exited(let exit, _, let cause, _):
            (cause.isNoDecision ? !exit.isSuccess : cause.isFailure) ? .warning : .info
        case .stopping(let cause): cause.isFailure ? .warning : .info
        case .log(let notice): notice.level
        case .registered, .deleted, .configurationChanged, .waitingForDependencies, .launched, .adopted,
            .foundEnded, .online, .signaled, .memoryReport, .ignored, .shutdownBegan, .upgraded:
            .info
        }
    }

    /// Whether somebody should look.
    public var isWarning: Bool { level >= .warning }

    /// The sentence for people, lower case, without the name of the process.
    public var message: String {
        switch self {
        case .registered: "registered"
        case .deleted: "deleted"
        case .configurationChanged(let fields): "configuration changed: \(fields.joined(separator: ", "))"
        case .waitingForDependencies(let waits): "waits: \(waits.joined(separator: "; "))"
        case .launched(let pid, let reason): "started with pid \(pid), \(reason)"
        case .adopted(let pid, let age):
            "taken over from an earlier daemon: pid \(pid), running for \(age.shortText)"
        case .foundEnded: "its main process ended while no daemon ran"
        case .launchFailed(let failure): "could not start: \(failure)"
        case .online(let wait): "online after \(wait.shortText)"
        case .signaled(let signal, let requester): "\(signal) sent, asked for by \(requester)"
        case .exited(let exit, let uptime, let cause, let oom): exitText(exit, uptime, cause, oom)
        case .stragglersEnded(let count):
            "main process ended and left \(count) \(count == 1 ? "process" : "processes") behind; ending them"
        case .waitingToRestart(let wait, let failures, let limit):
            if failures == 0 {
                "restarts in \(wait.shortText)"
            } else if let limit {
                "restarts in \(wait.shortText) (short run \(failures) of \(limit) before giving up)"
            } else {
                "restarts in \(wait.shortText) (short run \(failures), never gives up)"
            }
        case .gaveUp(let runs, let window):
            "gave up after \(runs) short \(runs == 1 ? "run" : "runs") within \(window.shortText)"
        case .stopping(let cause): "stopping, \(cause)"
        case .killed(let wait): "did not end within \(wait.shortText); sent SIGKILL"
        case .unkillable:
            "still there after SIGKILL: the kernel holds it (uninterruptible sleep); waiting for it to go"
        case .cleanupRequested(let measured, let limit):
            "uses \(measured), above the soft limit of \(limit); asking it to clean up"
        case .memoryRestartsExhausted(let verdict, let perHour):
            "\(verdict); not restarted: already \(perHour) memory \(perHour == 1 ? "restart" : "restarts") "
                + "within the hour"
        case .memoryReport(let used, let total, let external, let resident):
            "memory: heap used \(used), heap total \(total), external \(external), rss \(resident)"
        case .failureReported(let number): "reported error number \(number)"
        case .ignored(let reason): "ignored: \(reason)"
        case .shutdownBegan(let requester, let urgent):
            urgent ? "shutdown made urgent by \(requester)" : "shutdown asked for by \(requester)"
        case .upgraded(let former, let present):
            "the daemon was upgraded in place from \(former) to \(present)"
        case .upgradeFailed(let program, let reason):
            "the daemon was not upgraded\(program.map { " to \($0)" } ?? ""): \(reason)"
        case .log(let notice): notice.message
        }
    }

    private func exitText(_ exit: ProcessExit, _ uptime: Duration, _ cause: EndCause, _ oom: Bool) -> String {
        let after = "after \(uptime.shortText)"
        guard cause == .itself else { return "ended with \(exit) \(after), \(cause)" }
        switch exit {
        case .exited(let code): return "exited by itself with code \(code) \(after)"
        case .signaled(let signal, let core):
            if signal == .kill {
                return "killed with SIGKILL \(EndedRun.killer(isKernel: oom)) \(after)"
            }
            return "killed by \(signal)\(core ? " (core dumped)" : "") \(after)"
        case .unknown:
            let unknown = "ended \(after); its exit status is unknown"
            return oom ? unknown + "; the kernel's OOM killer ended a process of its cgroup" : unknown
        }
    }
}

extension EndedRun {
    /// Why it ended, for people: who sent a SIGKILL that nobody asked us for is told as in the notices.
    public var causeText: String {
        guard cause == .itself, case .signaled(.kill, _) = observation.exit else { return "\(cause)" }
        return Self.killer(isKernel: observation.followsOOMKill)
    }

    /// Who sent SIGKILL, where it was not us.
    fileprivate static func killer(isKernel: Bool) -> String {
        isKernel ? "by the kernel's OOM killer" : "from outside"
    }
}

extension LaunchReason: CustomStringConvertible {
    /// The reason for people.
    public var description: String {
        switch self {
        case .requested(let requester): "asked for by \(requester)"
        case .restartRequested(let requester): "restart asked for by \(requester)"
        case .configurationChanged(let requester): "configuration changed by \(requester)"
        case .neededBy(let app, let requester): "needed by \(app), which \(requester) started"
        case .runEnded(let exit): "restart after \(exit)"
        case .launchFailed: "another try after a failed start"
        case .memory(let verdict): "restart for memory: \(verdict)"
        case .readinessTimeout: "restart after a readiness time-out"
        case .watchdog: "restart after a watchdog time-out"
        case .daemonStarted: "restored by the daemon's start"
        }
    }
}

extension EndCause: CustomStringConvertible {
    /// Whether the run had to be ended because something was wrong with it.
    public var isFailure: Bool {
        switch self {
        case .memory, .readinessTimeout, .watchdog: true
        case .itself, .stopRequested, .restartRequested, .deleteRequested, .scaledDown, .configurationChanged,
            .signaled, .shutdown:
            false
        }
    }

    /// Whether the supervisor had not decided that the run should end.
    public var isNoDecision: Bool {
        switch self {
        case .itself, .signaled: true
        case .stopRequested, .restartRequested, .deleteRequested, .scaledDown, .configurationChanged, .memory,
            .readinessTimeout, .watchdog, .shutdown:
            false
        }
    }

    /// The cause for people.
    public var description: String {
        switch self {
        case .itself: "by itself"
        case .stopRequested(let requester): "stop asked for by \(requester)"
        case .restartRequested(let requester): "restart asked for by \(requester)"
        case .deleteRequested(let requester): "deleted by \(requester)"
        case .scaledDown(let requester): "scaled down by \(requester)"
        case .configurationChanged(let requester): "configuration changed by \(requester)"
        case .memory(let verdict): "\(verdict)"
        case .readinessTimeout(let wait): "not ready within \(wait.shortText)"
        case .watchdog(let wait): "no sign of life for \(wait.shortText) (watchdog)"
        case .signaled(let signal, let requester): "\(signal) sent by \(requester)"
        case .shutdown(let requester): "shutdown asked for by \(requester)"
        }
    }
}

extension MemoryVerdict: CustomStringConvertible {
    /// `heap 812.0 MiB above the hard limit of 800.0 MiB`.
    public var description: String {
        switch subject {
        case .heap: "heap of \(measured) above the hard limit of \(limit)"
        case .tree: "process tree of \(measured) above the limit of \(limit)"
        }
    }
}

extension StopReason: CustomStringConvertible {
    /// The reason for people.
    public var description: String {
        switch self {
        case .neverStarted: "not started yet"
        case .requested(let requester): "stopped by \(requester)"
        case .ended(let exit): exit.isSuccess ? "completed" : "ended with \(exit); autorestart is off"
        case .stopExitCode(let code): "exit code \(code) is one of stop_exit_codes"
        case .shutdown: "stopped by the daemon's shutdown"
        }
    }
}
