public import Shared

/// One entry of `ecosystem.json` as it is written: every value checked for itself, nothing looked up on the machine.
///
/// ``AppResolution`` makes an ``AppDefinition`` of it. `nil` means "not written, take the default" everywhere.
public struct AppDeclaration: Hashable, Sendable {
    /// The app's name; by default the script's file name without its extension.
    public var name: AppName
    /// The group for selections.
    public var namespace = "default"
    /// The program, path or command line.
    public var script: String
    /// The arguments of the program.
    public var arguments: [String] = []
    /// The program that runs the script; `none` to execute it directly; `nil` to tell by the extension.
    public var interpreter: String?
    /// The arguments of the interpreter, before the script.
    public var interpreterArguments: [String] = []
    /// The working directory, absolute or relative to the file's folder.
    public var workingDirectory: String?
    /// Variables for every environment.
    public var environment: [String: String] = [:]
    /// Variables for one environment each: `env_production` is under `production`.
    public var namedEnvironments: [String: [String: String]] = [:]
    /// Files with variables, weakest first.
    public var environmentFiles: [String] = []
    /// Which of the caller's variables are kept back.
    public var environmentFilter: EnvironmentFilter = .keepAll
    /// How many instances run.
    public var instances: InstanceCount = .exactly(1)
    /// The variable that carries the instance number.
    public var instanceVariable: String?
    /// The variable that is counted up by the instance number.
    public var incrementVariable: String?
    /// Whether the file asks for fork mode in so many words.
    public var isForkModeExplicit = false
    /// Whether instances start when the app is started.
    public var startsAutomatically = true
    /// What happens after an exit.
    public var restart = RestartPolicy()
    /// How a run is ended.
    public var stop = StopPolicy()
    /// When a run counts as online.
    public var readiness: ReadinessPolicy = .immediate
    /// The longest silence between two `WATCHDOG=1`.
    public var watchdog: Duration?
    /// What must be there first.
    public var dependencies: [AppDependency] = []
    /// Limits on heap and memory.
    public var memory = MemoryPolicy()
    /// The path for standard output, relative to the working directory.
    public var outputFile: String?
    /// The folder of the files whose names are not given; `nil` for the supervisor's own.
    public var logFolder: String?
    /// The path for standard error, relative to the working directory.
    public var errorFile: String?
    /// Whether all instances write to the same files.
    public var mergesLogs = false
    /// Whether output is thrown away.
    public var disablesLogs = false
    /// How logs are rotated and kept.
    public var logPolicy = LogPolicy()
    /// What is made of the output besides; paths relative to the working directory, an empty one for the default name.
    public var derivedLogs = DerivedLogs()
    /// The path of the pid file, relative to the working directory.
    public var pidFile: String?
    /// The user that the runs belong to.
    public var user: UserRequest?
    /// The primary group, by name or number.
    public var group: String?
    /// Limits and attributes.
    public var limits = ProcessLimits()
    /// Sockets to open, as `tcp://HOST:PORT` or `unix:///PATH`.
    public var listen: [String] = []
    /// Whether the app exists at all.
    public var enabled: EnablingCondition = .always
    /// Where it was written.
    public var origin: DeclarationOrigin

    /// Makes a declaration with every other setting at its default.
    public init(name: AppName, script: String, origin: DeclarationOrigin) {
        self.name = name
        self.script = script
        self.origin = origin
    }
}

/// How many instances an app asks for.
public enum InstanceCount: Hashable, Sendable {
    /// As many as written, at least 1.
    case exactly(Int)
    /// One per processor, less so many; at least 1.
    case processors(less: Int)
}

/// Which variables of the caller an app does not get (PM2's `filter_env`).
public enum EnvironmentFilter: Hashable, Sendable {
    /// It gets all.
    case keepAll
    /// It gets none.
    case dropAll
    /// It gets none whose name contains one of the texts.
    case dropContaining([String])
    /// It gets all but the one of this name.
    case dropNamed(String)
}

/// The user that an app asks for.
public struct UserRequest: Hashable, Sendable {
    /// A name or a number.
    public var name: String
    /// Whether the request counts only where the supervisor may switch users.
    public var onlyIfRoot: Bool

    /// Makes a request.
    public init(name: String, onlyIfRoot: Bool = false) {
        self.name = name
        self.onlyIfRoot = onlyIfRoot
    }
}

/// Whether an app exists, perhaps by a variable of the supervisor's own environment.
///
/// An empty variable counts as unset.
public enum EnablingCondition: Hashable, Sendable {
    /// It does.
    case always
    /// It does not.
    case never
    /// It does when the variable is set.
    case ifSet(String)
    /// It does unless the variable is set.
    case unlessSet(String)

    /// Whether it holds with these variables.
    public func holds(in environment: [String: String]) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .ifSet(let name): !(environment[name] ?? "").isEmpty
        case .unlessSet(let name): (environment[name] ?? "").isEmpty
        }
    }
}

/// Where a declaration was written, so that what is found later can still name line and column.
///
/// Two origins are equal when file and path are: where the lines break makes no other app.
public struct DeclarationOrigin: Hashable, Sendable {
    /// The file's name as the operator gave it; `command line` when there is no file.
    public let file: String
    /// The path of the app in the file, such as `apps[1]`; empty for a bare app.
    public let path: JSONPath
    /// The keys by which settings were written.
    private(set) var keys: [AppSetting: String] = [:]
    /// The text, to find places in when they are asked for: most never are.
    private let document: JSONDocument?

    init(file: String, path: JSONPath = JSONPath(), document: JSONDocument? = nil) {
        self.file = file
        self.path = path
        self.document = document
    }

    /// Notes that a setting was written.
    mutating func note(_ setting: AppSetting, key: String) {
        keys[setting] = key
    }

    /// The path of a setting as it was written, or as it would be.
    func path(of setting: AppSetting) -> JSONPath {
        path.appending(.key(keys[setting] ?? setting.rawValue))
    }

    /// Makes an issue about `setting`, or about the app where the setting was not written.
    func issue(
        about setting: AppSetting?,
        _ message: String,
        hint: String? = nil,
        severity: ConfigurationIssue.Severity = .error
    ) -> ConfigurationIssue {
        let place = setting.map { path(of: $0) } ?? path
        let position = document.flatMap { $0.position(of: place) ?? $0.position(of: path) }
        return ConfigurationIssue(
            file: file,
            position: position.map { SourcePosition(line: $0.line, column: $0.column) },
            path: place.description,
            message: message,
            hint: hint,
            severity: severity
        )
    }

    /// Whether both name the same entry of the same file.
    public static func == (left: DeclarationOrigin, right: DeclarationOrigin) -> Bool {
        left.file == right.file && left.path == right.path
    }

    /// Hashes file and path.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(file)
        hasher.combine(path)
    }
}
