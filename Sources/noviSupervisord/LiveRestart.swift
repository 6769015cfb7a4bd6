import LinuxSystem
import Shared
import SupervisorCore

/// The live-restart switch: a stop of the service leaves the apps running for the next daemon (M20).
extension Daemon {
    /// The variable that turns it on, for a drop-in of the unit.
    static let liveRestartVariable = "NOVI_LIVE_RESTART"

    /// Whether the service manager's wish to stop us means us alone.
    ///
    /// When the machine goes down, and when nobody can tell whether it does, the apps are stopped in order.
    func leavesAppsRunning() -> Bool {
        guard options.isLive, !isShuttingDown else { return false }
        switch ServiceManagerState.isStopping(isUserManager: service.variables.isUserManager) {
        case .some(false): return true
        case .some(true):
            log("the machine is shutting down: live restart does not hold, everything is stopped in order")
        case nil:
            log(
                "cannot find out whether the machine is shutting down: everything is stopped in order",
                isWarning: true
            )
        }
        return false
    }

    /// Ends the loop with everything as it is: the next daemon takes it over.
    func leaveApps() {
        service.notify("STOPPING=1")
        let count = runs.count
        log("leaving \(count) \(count == 1 ? "run" : "runs") for the next daemon (live restart)")
        isFinished = true
        leavesRuns = true
    }
}
