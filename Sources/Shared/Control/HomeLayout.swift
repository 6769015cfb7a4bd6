/// Where everything of one supervisor lives.
///
/// Either all below one home folder (`run`, `state`, `logs`), or in the system's folders for the system service.
public struct HomeLayout: Hashable, Sendable {
    /// The home folder.
    public let home: String
    /// Sockets, the lock, and what a reboot may forget.
    public let runDirectory: String
    /// What must survive a reboot.
    public let stateDirectory: String
    /// Log files.
    public let logDirectory: String

    /// The folders below one home, such as `~/.novi`.
    public init(home: String) {
        self.init(home: home, run: "\(home)/run", state: "\(home)/state", logs: "\(home)/logs")
    }

    private init(home: String, run: String, state: String, logs: String) {
        self.home = home
        runDirectory = run
        stateDirectory = state
        logDirectory = logs
    }

    /// The folders of the system service (file-hierarchy(7)).
    public static let system = HomeLayout(
        home: "/var/lib/novi",
        run: "/run/novi",
        state: "/var/lib/novi",
        logs: "/var/log/novi"
    )

    /// The socket on which the daemon answers.
    public var controlSocket: String { "\(runDirectory)/control.sock" }
    /// The file whose lock makes the daemon the only one.
    public var lockFile: String { "\(runDirectory)/daemon.lock" }
    /// The file with the daemon's pid.
    public var pidFile: String { "\(runDirectory)/daemon.pid" }
    /// The file whose lock makes the keeper the only one, with its pid.
    public var keeperLock: String { "\(runDirectory)/keeper.lock" }
    /// The mark that a daemon got ready and did not end in order.
    public var commitMark: String { "\(runDirectory)/committed" }
    /// The mark of whoever started the daemon last: which program it took.
    public var launchMark: String { "\(runDirectory)/launched" }
    /// The program of the last daemon that got ready.
    public var committedProgram: String { "\(stateDirectory)/noviSupervisord.committed" }
    /// The record of living runs.
    public var runJournal: String { "\(runDirectory)/runs.journal" }
    /// The copy of the file that says what should run.
    public var stateFileCopy: String { "\(runDirectory)/desired.json" }
    /// The folder of the runs' notify sockets.
    public var notifyDirectory: String { "\(runDirectory)/notify" }
    /// The folder of the processes' runtime folders.
    public var applicationRunDirectory: String { "\(runDirectory)/apps" }
    /// The file that says what should run.
    public var stateFile: String { "\(stateDirectory)/desired.json" }
    /// What should run in container mode, for a daemon that takes over.
    public var containerStateFile: String { "\(runDirectory)/container.json" }
    /// How the apps of container mode ended, for a daemon that takes over.
    public var containerExitsFile: String { "\(runDirectory)/container.exits" }
    /// The folder of the apps' data folders.
    public var applicationStateDirectory: String { "\(stateDirectory)/apps" }
    /// The daemon's own log.
    public var daemonLog: String { "\(logDirectory)/noviSupervisord.log" }

    /// The mode of the home, run and state folders: other users' apps must reach their own folders below, but read nothing
    /// in them.
    public static func passage(isRoot: Bool) -> UInt32 { isRoot ? 0o711 : 0o700 }

    /// Everything by name, as `paths --json` prints it.
    public var json: JSONObject {
        [
            "home": .string(home),
            "control_socket": .string(controlSocket),
            "run_directory": .string(runDirectory),
            "state_directory": .string(stateDirectory),
            "log_directory": .string(logDirectory),
            "lock_file": .string(lockFile),
            "keeper_lock_file": .string(keeperLock),
            "pid_file": .string(pidFile),
            "state_file": .string(stateFile),
            "run_journal": .string(runJournal),
            "committed_program": .string(committedProgram),
            "daemon_log": .string(daemonLog),
        ]
    }
}
