/// A key of an app in `ecosystem.json`, by its name in snake case.
public enum AppSetting: String, Hashable, Sendable, CaseIterable {
    case name, namespace, script, args, interpreter, cwd
    case interpreterArguments = "interpreter_args"
    case env
    case environmentFile = "env_file"
    case filterEnvironment = "filter_env"
    case port
    case instances
    case instanceVariable = "instance_var"
    case incrementVariable = "increment_var"
    case executionMode = "exec_mode"
    case autorestart, autostart
    case minimumUptime = "min_uptime"
    case maximumRestarts = "max_restarts"
    case restartWindow = "restart_window"
    case restartDelay = "restart_delay"
    case exponentialDelay = "exp_backoff_restart_delay"
    case backoff
    case stopExitCodes = "stop_exit_codes"
    case stopSignal = "stop_signal"
    case killTimeout = "kill_timeout"
    case treekill
    case waitReady = "wait_ready"
    case listenTimeout = "listen_timeout"
    case readiness, watchdog
    case dependencies = "depends_on"
    case maximumMemory = "max_memory_restart"
    case memory
    case outputFile = "out_file"
    case errorFile = "error_file"
    case mergeLogs = "merge_logs"
    case disableLogs = "disable_logs"
    case pidFile = "pid_file"
    case user = "uid"
    case group = "gid"
    case limits, umask, nice
    case oomScoreAdjustment = "oom_score_adj"
    case listen, enabled

    // Logs: PM2's names, those of its rotation module, winston's.
    case maximumLogSize = "max_size"
    case datePattern = "date_pattern"
    case logFrequency = "frequency"
    case maximumLogFiles = "max_files"
    case maximumLogAge = "max_age"
    case maximumTotalLogSize = "max_total_size"
    case logClass = "log_class"
    case logFolder = "dirname"
    case archiveDirectory = "archive_directory"
    case compressLogs = "compress"
    case compressionDelay = "compress_delay"
    case logsInUTC = "utc"
    case keepFree = "keep_free"
    case onFull = "on_full"
    case createSymlink = "create_symlink"
    case symlinkName = "symlink_name"
    case logFile = "log_file"
    case logDateFormat = "log_date_format"
    case stampTime = "time"
    case logType = "log_type"
    case levelFiles = "level_files"
    case levelRules = "level_rules"
    case journal

    /// Other spellings, besides the camel case of each.
    private var aliases: [String] {
        switch self {
        case .script: ["exec", "cmd", "command"]
        case .interpreter: ["exec_interpreter"]
        case .interpreterArguments: ["node_args"]
        case .outputFile: ["out", "output", "out_log"]
        case .errorFile: ["error", "err", "err_file", "err_log"]
        case .mergeLogs: ["combine_logs"]
        case .pidFile: ["pid"]
        case .user: ["user"]
        case .logFile: ["log"]
        case .maximumLogFiles: ["retain"]
        case .compressLogs: ["zipped_archive"]
        case .archiveDirectory: ["archive_dir"]
        default: []
        }
    }

    /// Finds the setting that a key spells: its name, an alias, or the camel case of either.
    public init?(key: String) {
        guard let setting = Self.byKey[key] else { return nil }
        self = setting
    }

    /// Every spelling of every setting.
    static let byKey: [String: AppSetting] = {
        var table: [String: AppSetting] = [:]
        for setting in allCases {
            for name in [setting.rawValue] + setting.aliases {
                table[name] = setting
                table[name.camelCased] = setting
            }
        }
        return table
    }()

    /// The names that are suggested for a key that nobody knows: those of our settings, aliases and PM2's others.
    static let suggestions: [String] =
        allCases.map(\.rawValue) + allCases.flatMap(\.aliases) + PM2Key.allCases.map(\.rawValue)
}

/// A key that PM2 knows and that is no setting here.
enum PM2Key: String, CaseIterable {
    // Known, wanted, not there yet: a value that asks for something is warned about.
    case cronRestart = "cron_restart"
    case cron
    case watch
    case shutdownWithMessage = "shutdown_with_message"
    case namePrefix = "name_prefix"
    case appendEnvironmentToName = "append_env_to_name"
    case postUpdate = "post_update"

    // About PM2's own workings, Node's profiler or its cloud: nothing here that they could change.
    case watchDelay = "watch_delay"
    case watchOptions = "watch_options"
    case ignoreWatch = "ignore_watch"
    case killRetryTime = "kill_retry_time"
    case sourceMapSupport = "source_map_support"
    case disableSourceMapSupport = "disable_source_map_support"
    case vizion, pmx, automation, io, v8, trace, force, write, username
    case disableTrace = "disable_trace"
    case deepMonitoring = "deep_monitoring"
    case eventLoopInspector = "event_loop_inspector"
    case windowsHide = "windows_hide"
    case kmLink = "km_link"
    case installURL = "install_url"
    case executeCommand = "execute_command"
    case auditFile = "audit_file"
    case auditHashType = "audit_hash_type"
    case fileName = "filename"
    case fileExtension = "extension"

    /// Finds the key by its name or the camel case of it.
    init?(key: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue == key || $0.rawValue.camelCased == key })
        else {
            return nil
        }
        self = found
    }

    /// What is said when the key asks for something; `nil` when there is nothing to say.
    var notice: String? {
        switch self {
        case .cronRestart, .cron: "is not supported yet: the app is not restarted by the clock"
        case .watch: "is not supported yet: the app is not restarted when files change"
        case .shutdownWithMessage: "is not supported yet: the app is stopped by its stop_signal"
        case .namePrefix, .appendEnvironmentToName: "is not supported: the app keeps its name"
        case .postUpdate: "is not supported: nothing is run after an update"
        case .auditFile, .auditHashType:
            "is ignored: what belongs to a log is known by its name, so no list of files has to be kept"
        case .fileName:
            "is ignored: out_file and error_file name the files, date_pattern dates the rotated ones"
        case .fileExtension: "is ignored: out_file and error_file have their extension in the name"
        default: nil
        }
    }
}

extension String {
    /// `restart_delay` as `restartDelay`.
    var camelCased: String {
        let words = split(separator: "_")
        guard let first = words.first else { return self }
        return words.dropFirst().reduce(String(first)) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
