/// Variables that belong to one process and must not travel on to another (M25).
public enum ReservedVariables {
    /// Whether the supervisor itself sets the variable for each run.
    public static func areSetForEachRun(_ name: String) -> Bool {
        perRun.contains(name)
    }

    /// Whether the variable may not be inherited from whoever started the app: it speaks of the caller's own
    /// sockets, watchdog, journal, credentials, run, or shell.
    public static func areNeverInherited(_ name: String) -> Bool {
        perRun.contains(name) || ofTheCaller.contains(name) || name.hasPrefix("LISTEN_")
            || name.hasPrefix("WATCHDOG_")
    }

    private static let perRun: Set<String> = [
        "NOVI_HOME", "NOVI_APP", "NOVI_INSTANCE", "NOVI_PROCESS", "NOVI_RUN", "NOVI_RUNTIME_DIRECTORY",
        "NOVI_DATA_DIRECTORY", "NOVI_RUN_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
        "LISTEN_FDS",
        "LISTEN_PID", "LISTEN_FDNAMES",
    ]

    private static let ofTheCaller: Set<String> = [
        // systemd.exec(5): what it tells one service about itself.
        "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY", "INVOCATION_ID", "MAINPID", "MANAGERPID",
        "SYSTEMD_EXEC_PID",
        "FDSTORE", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE", "RUNTIME_DIRECTORY", "STATE_DIRECTORY",
        "CACHE_DIRECTORY", "LOGS_DIRECTORY", "CONFIGURATION_DIRECTORY", "REMOTE_ADDR", "REMOTE_PORT",
        // Node's channel to its own parent, and PM2's numbering.
        "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE", "NODE_UNIQUE_ID", "NODE_APP_INSTANCE",
        // The shell's bookkeeping of itself.
        "_", "OLDPWD", "PWD", "SHLVL",
    ]
}
