import LinuxSystem

/// The variables by which a service manager speaks to its service (systemd.exec(5)).
struct ServiceManagerVariables {
    /// `NOTIFY_SOCKET`: where to report.
    var notifySocket: String?
    /// `WATCHDOG_USEC`: the longest silence, in microseconds.
    var watchdog: String?
    /// `WATCHDOG_PID`: whose silence.
    var watchdogPID: String?
    /// `NOVI_KEEPER_PROGRAM`: the program that launched us.
    var keeperProgram: String?
    /// Whether the manager is that of a user (user@.service(5)).
    var isUserManager = false

    /// Takes them out of our environment, so that no child takes our manager for its own (M25).
    static func take() -> ServiceManagerVariables {
        func take(_ name: String) -> String? {
            defer { CurrentProcess.removeEnvironmentValue(name) }
            return CurrentProcess.environmentValue(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        _ = take("FDSTORE")
        return ServiceManagerVariables(
            notifySocket: take("NOTIFY_SOCKET"),
            watchdog: take("WATCHDOG_USEC"),
            watchdogPID: take("WATCHDOG_PID"),
            keeperProgram: take("NOVI_KEEPER_PROGRAM"),
            isUserManager: CurrentProcess.environmentValue("MANAGERPID") != nil
        )
    }

    /// What an image that replaces ours in the same process needs in its environment, each `NAME=value`.
    var environment: [String] {
        [
            ("NOTIFY_SOCKET", notifySocket), ("WATCHDOG_USEC", watchdog), ("WATCHDOG_PID", watchdogPID),
            ("NOVI_KEEPER_PROGRAM", keeperProgram),
        ].compactMap { name, value in value.map { "\(name)=\($0)" } }
    }
}
