public import Shared

/// One app as the daemon runs it: validated, every path absolute, every name resolved, nothing left to look up.
///
/// Made of an entry in `ecosystem.json` by ``AppResolution``; written to the state file and sent over the control
/// socket by its codec in `AppDefinition+JSON.swift`.
public struct AppDefinition: Hashable, Sendable {
    /// The app's name.
    public var name: AppName
    /// The group for selections; `default` where the file names none.
    public var namespace: String
    /// The program and its arguments.
    public var command: AppCommand
    /// The absolute working directory.
    public var workingDirectory: String
    /// The whole environment of a run, without what the daemon adds for each (`NOVI_…`, `NOTIFY_SOCKET`, `LISTEN_…`).
    public var environment: [String: String]
    /// The names in ``environment`` that the configuration sets; the others came from the caller's own environment,
    /// and a difference in them alone does not make a changed app.
    public var declaredVariables: Set<String>
    /// How many instances run, at least 1.
    public var instances: Int
    /// The variable that carries the instance number.
    public var instanceVariable: String
    /// A variable whose value is counted up by the instance number, as PM2's `increment_var`; `nil` for none.
    public var incrementVariable: String?
    /// Whether instances start when the app is started; `false` registers them as stopped.
    public var startsAutomatically: Bool
    /// What happens after an exit.
    public var restart: RestartPolicy
    /// How a run is asked, and then made, to end.
    public var stop: StopPolicy
    /// When a run counts as online.
    public var readiness: ReadinessPolicy
    /// The longest silence between two `WATCHDOG=1`; `nil` for no watchdog.
    public var watchdog: Duration?
    /// What must be there before this app starts.
    public var dependencies: [AppDependency]
    /// Limits on heap and memory.
    public var memory: MemoryPolicy
    /// Where output goes.
    public var logs: LogDestinations
    /// A file that holds the pid while a run lives, or `nil` for none.
    ///
    /// `-INSTANCE` goes before the extension when there are several instances.
    public var pidFile: String?
    /// The user whose rights the runs have; `nil` for the daemon's own.
    public var user: AppUser?
    /// Limits and attributes that the kernel enforces.
    public var limits: ProcessLimits
    /// Sockets that the daemon opens once and hands to every run, as `tcp://HOST:PORT` or `unix://PATH`.
    public var listen: [String]
    /// The file that this app was read from; `nil` when it was given on the command line.
    public var source: String?

    /// Makes an app that runs `command` and takes every other setting from the defaults.
    public init(name: AppName, command: AppCommand, workingDirectory: String) {
        self.name = name
        self.command = command
        self.workingDirectory = workingDirectory
        namespace = "default"
        environment = [:]
        declaredVariables = []
        instances = 1
        instanceVariable = "NODE_APP_INSTANCE"
        startsAutomatically = true
        restart = RestartPolicy()
        stop = StopPolicy()
        readiness = .immediate
        dependencies = []
        memory = MemoryPolicy()
        logs = LogDestinations()
        limits = ProcessLimits()
        listen = []
    }
}

extension AppDefinition {
    /// The variables that the app has from whoever started it; a later reload of its file hands them on
    /// (``ResolutionContext/storedEnvironments``).
    public var inheritedEnvironment: [String: String] {
        environment.filter { !declaredVariables.contains($0.key) }
    }
}

/// A program and its arguments, as execve(2) takes them.
public struct AppCommand: Hashable, Sendable {
    /// The absolute path of what is executed.
    public var executable: String
    /// The arguments, without the program's own name.
    public var arguments: [String]
    /// What the operator named: the script, or the program when there is no interpreter.
    public var script: String

    /// Makes a command; `script` is the executable unless given.
    public init(executable: String, arguments: [String] = [], script: String? = nil) {
        self.executable = executable
        self.arguments = arguments
        self.script = script ?? executable
    }
}

/// How a run is stopped: a signal, a wait, then SIGKILL.
public struct StopPolicy: Hashable, Sendable {
    /// The signal that asks for the end; SIGCONT goes with it so that a stopped process hears it.
    public var signal: UnixSignal = .terminate
    /// How long the run may take before SIGKILL.
    public var killTimeout: Duration = .seconds(10)
    /// Whether the whole process tree gets the signals and must be gone (PM2's `treekill`).
    public var includesTree = true

    /// Makes the default policy: SIGTERM to the tree, 10 s, SIGKILL.
    public init() {}
}

/// When a run counts as online.
public enum ReadinessPolicy: Hashable, Sendable {
    /// As soon as the program was executed.
    case immediate
    /// When it sends `READY=1` (sd_notify(3)); no word within `timeout` is a failure.
    case notification(timeout: Duration)
}

/// Something that must be there before an app starts.
public struct AppDependency: Hashable, Sendable {
    /// The app that must be there.
    public var app: AppName
    /// What "there" means.
    public var condition: DependencyCondition

    /// Makes a dependency.
    public init(app: AppName, condition: DependencyCondition) {
        self.app = app
        self.condition = condition
    }
}

/// What a dependency must have reached.
public enum DependencyCondition: String, Hashable, Sendable, CaseIterable {
    /// Every instance was executed.
    case started
    /// Every instance is online.
    case ready
    /// Every instance ended with success.
    case completed
}

/// Where the output of an app goes.
///
/// The daemon fills in the default names.
public struct LogDestinations: Hashable, Sendable {
    /// The absolute path for standard output; `nil` for the default name in the log directory.
    public var output: String?
    /// The absolute path for standard error; `nil` for the default name in the log directory.
    public var error: String?
    /// Whether all instances share the files' names without a number (PM2's `merge_logs`).
    public var mergesInstances = false
    /// Whether output is thrown away (PM2's `disable_logs`).
    public var isDisabled = false
    /// How they are rotated and kept.
    @Boxed public var policy = LogPolicy()
    /// What is made of them besides.
    @Boxed public var derived = DerivedLogs()

    /// Makes the default destinations.
    public init() {}
}

/// The user and groups of a run, already looked up.
public struct AppUser: Hashable, Sendable {
    /// The name as written, for messages.
    public var name: String
    /// The user id.
    public var userID: UInt32
    /// The primary group id.
    public var groupID: UInt32
    /// The supplementary group ids.
    public var supplementaryGroupIDs: [UInt32]

    /// Makes a user of its ids.
    public init(name: String, userID: UInt32, groupID: UInt32, supplementaryGroupIDs: [UInt32]) {
        self.name = name
        self.userID = userID
        self.groupID = groupID
        self.supplementaryGroupIDs = supplementaryGroupIDs
    }
}

/// Limits and attributes that are set between clone and exec.
public struct ProcessLimits: Hashable, Sendable {
    /// Resource limits (getrlimit(2)).
    public var resources: [ResourceLimit] = []
    /// The file mode creation mask; `nil` for the daemon's.
    public var umask: UInt32?
    /// The nice value, −20 to 19; `nil` for the daemon's.
    public var nice: Int32?
    /// The OOM score adjustment, −1000 to 1000; `nil` for 0.
    public var oomScoreAdjustment: Int32?

    /// Makes limits that change nothing.
    public init() {}
}

/// One resource limit.
public struct ResourceLimit: Hashable, Sendable {
    /// What is limited.
    public enum Resource: String, Hashable, Sendable, CaseIterable {
        case addressSpace = "as"
        case core, cpu, data
        case fileSize = "fsize"
        case lockedMemory = "memlock"
        case openFiles = "nofile"
        case processes = "nproc"
        case stack
    }

    /// What is limited.
    public var resource: Resource
    /// The limit in force; `nil` for unlimited.
    public var soft: UInt64?
    /// The most to which the process may raise it; `nil` for unlimited.
    public var hard: UInt64?

    /// Makes a limit.
    public init(resource: Resource, soft: UInt64?, hard: UInt64?) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }
}
