import Shared

extension AppDeclarationReader {
    /// Reads the value of one setting into the app.
    mutating func apply(_ setting: AppSetting, _ value: SettingReader) {
        switch setting {
        case .name, .script: break  // read before all others
        case .namespace: if let text = value.namespace() { app.namespace = text }
        case .args: app.arguments = value.arguments()
        case .interpreter: app.interpreter = readInterpreter(value)
        case .interpreterArguments: app.interpreterArguments = value.arguments()
        case .cwd: app.workingDirectory = value.filePath()
        case .env: app.environment.merge(value.variables()) { $1 }
        case .port:
            if let port = value.integer(in: 0...65_535) { app.environment["PORT"] = "\(port)" }
        case .environmentFile: app.environmentFiles = value.elements().compactMap { $0.filePath() }
        case .filterEnvironment: readFilter(value)
        case .instances: readInstances(value)
        case .instanceVariable: app.instanceVariable = value.variableName()
        case .incrementVariable: app.incrementVariable = value.variableName()
        case .executionMode: readExecutionMode(value)
        case .autorestart: if let flag = value.boolean() { app.restart.isEnabled = flag }
        case .autostart: if let flag = value.boolean() { app.startsAutomatically = flag }
        case .minimumUptime: if let time = value.duration() { app.restart.minimumUptime = time }
        case .maximumRestarts: readMaximumRestarts(value)
        case .restartWindow:
            if let time = value.duration(atLeast: .seconds(1)) { app.restart.window = time }
        case .restartDelay: readRestartDelay(value)
        case .exponentialDelay: readExponentialDelay(value)
        case .backoff: readBackoff(value)
        case .stopExitCodes:
            app.restart.stopExitCodes = Set(
                value.elements().compactMap { $0.integer(in: 0...255).map(Int32.init) }
            )
        case .stopSignal: readStopSignal(value)
        case .killTimeout: if let time = value.duration() { app.stop.killTimeout = time }
        case .treekill: if let flag = value.boolean() { app.stop.includesTree = flag }
        case .waitReady: readWaitReady(value)
        case .listenTimeout: readListenTimeout(value)
        case .readiness: readReadiness(value)
        case .watchdog: app.watchdog = value.duration(atLeast: .milliseconds(100))
        case .dependencies: readDependencies(value)
        case .maximumMemory: app.memory.treeLimit = value.memoryLimit()
        case .memory: readMemory(value)
        case .outputFile: app.outputFile = value.logPath()
        case .errorFile: app.errorFile = value.logPath()
        case .mergeLogs: if let flag = value.boolean() { app.mergesLogs = flag }
        case .disableLogs: if let flag = value.boolean() { app.disablesLogs = flag }
        case .pidFile: app.pidFile = value.filePath()
        case .user: readUser(value)
        case .group: app.group = value.account("a group's name or number")
        case .limits: readLimits(value)
        case .umask: readUmask(value)
        case .nice: app.limits.nice = value.integer(in: -20...19).map(Int32.init)
        case .oomScoreAdjustment:
            app.limits.oomScoreAdjustment = value.integer(in: -1000...1000).map(Int32.init)
        case .listen: app.listen = value.elements().compactMap { $0.listenAddress() }
        case .enabled: readEnabled(value)
        case .maximumLogSize, .datePattern, .logFrequency, .maximumLogFiles, .maximumLogAge,
            .maximumTotalLogSize,
            .logClass, .logFolder, .archiveDirectory, .compressLogs, .compressionDelay, .logsInUTC, .keepFree,
            .onFull, .createSymlink,
            .symlinkName,
            .logFile, .logDateFormat, .stampTime, .logType, .levelFiles, .levelRules, .journal:
            applyLogSetting(setting, value)
        }
    }

    private func readInterpreter(_ value: SettingReader) -> String? {
        guard let text = value.string("a program, or \"none\"") else { return nil }
        if text.hasPrefix("node@") {
            value.report(
                "versions of Node are not looked up",
                hint: "give the path of that version's node"
            )
            return nil
        }
        return text
    }

    private mutating func readFilter(_ value: SettingReader) {
        switch value.value {
        case .bool(let flag): app.environmentFilter = flag ? .dropAll : .keepAll
        case .string: if let name = value.string() { app.environmentFilter = .dropNamed(name) }
        case .array: app.environmentFilter = .dropContaining(value.strings())
        default: value.expected("true, a variable's name or a list of parts of names")
        }
    }

    private mutating func readInstances(_ value: SettingReader) {
        var number = value.value.exactInteger
        if case .string(let text) = value.value {
            if text == "max" { number = 0 } else { number = Int64(text) }
        }
        guard let number else {
            value.expected("a whole number or \"max\"")
            return
        }
        let limit = Int64(ConfigurationLimits.maximumInstances)
        guard (-limit...limit).contains(number) else {
            value.report("\(number) is out of range: at most \(limit) instances")
            return
        }
        app.instances = number > 0 ? .exactly(Int(number)) : .processors(less: Int(-number))
    }

    private mutating func readExecutionMode(_ value: SettingReader) {
        guard let text = value.string("\"fork\"") else { return }
        switch text {
        case "fork", "fork_mode": app.isForkModeExplicit = true
        case "cluster", "cluster_mode":
            value.report(
                "cluster mode is not supported yet",
                hint:
                    "use \"listen\": the supervisor opens the port once and all instances share it (LISTEN_FDS)"
            )
        default: value.report("\(value.value.summary) is no mode", hint: "write \"fork\", or leave it out")
        }
    }

    private mutating func readStopSignal(_ value: SettingReader) {
        let text: String
        switch value.value {
        case .integer(let number): text = "\(number)"
        default:
            guard let name = value.string("the name of a signal") else { return }
            text = name
        }
        guard let signal = UnixSignal(text) else {
            value.report(
                "\(value.value.summary) is no signal",
                hint: "write a name such as \"SIGTERM\", \"SIGINT\" or \"SIGQUIT\""
            )
            return
        }
        app.stop.signal = signal
    }

    private mutating func readDependencies(_ value: SettingReader) {
        if case .object = value.value {
            for (key, member) in value.members() ?? [] {
                guard let name = member.appName(key) else { continue }
                guard let text = member.string("\"started\", \"ready\" or \"completed\"") else { continue }
                guard let condition = DependencyCondition(rawValue: text) else {
                    let names = DependencyCondition.allCases.map(\.rawValue)
                    member.report(
                        "unknown condition \"\(text)\"" + NearestName.suggestion(for: text, among: names),
                        hint: "known: " + names.joined(separator: ", ")
                    )
                    continue
                }
                app.dependencies.append(AppDependency(app: name, condition: condition))
            }
            return
        }
        for element in value.elements() {
            guard let text = element.string("the name of an app"), let name = element.appName(text) else {
                continue
            }
            if app.dependencies.contains(where: { $0.app == name }) {
                element.report("\(name) is named twice", severity: .warning)
            } else {
                app.dependencies.append(AppDependency(app: name, condition: .ready))
            }
        }
    }

    private mutating func readUser(_ value: SettingReader) {
        if case .object = value.value {
            guard let name = value.fields(["if_root"])?["if_root"]?.account("a user's name or number") else {
                return
            }
            app.user = UserRequest(name: name, onlyIfRoot: true)
        } else if let name = value.account("a user's name or number, or {\"if_root\": …}") {
            app.user = UserRequest(name: name)
        }
    }

    private mutating func readEnabled(_ value: SettingReader) {
        guard case .object = value.value else {
            if let flag = value.boolean() { app.enabled = flag ? .always : .never }
            return
        }
        guard let fields = value.fields(["if_env", "unless_env"]) else { return }
        guard fields.count == 1, let field = fields.first else {
            value.report("needs one of \"if_env\" and \"unless_env\"")
            return
        }
        guard let name = field.value.variableName() else { return }
        app.enabled = field.key == "if_env" ? .ifSet(name) : .unlessSet(name)
    }
}
