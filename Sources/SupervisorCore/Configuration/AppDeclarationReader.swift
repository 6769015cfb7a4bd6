import Shared

/// Reads one app of the file: sorts its keys, then hands each value to the function that knows its meaning.
struct AppDeclarationReader {
    private let entry: SettingReader
    private let issues: IssueCollector
    var app: AppDeclaration
    /// What was written, by setting.
    private(set) var values: [AppSetting: SettingReader] = [:]

    /// Reads an app.
    ///
    /// - Returns: The app with every value that could be read; `nil` when it has no usable name or script. Every
    ///   mistake is reported in any case.
    static func read(_ entry: SettingReader) -> AppDeclaration? {
        readEntry(entry)?.app
    }

    /// Reads an app, and its name also where the app is of no use without a script.
    static func readEntry(_ entry: SettingReader) -> (name: NamedEntry, app: AppDeclaration?)? {
        guard let members = entry.members("an app (an object with a script)") else { return nil }
        // Only a stand-in, so that the other settings of an app without a good name are checked as well.
        guard let standIn = AppName("unnamed") else { return nil }
        let origin = DeclarationOrigin(
            file: entry.issues.file,
            path: entry.path,
            document: entry.issues.document
        )
        var reader = AppDeclarationReader(
            entry: entry,
            issues: entry.issues,
            app: AppDeclaration(name: standIn, script: "", origin: origin)
        )
        reader.sort(members)
        let hasScript = reader.readScript()
        let hasName = reader.readName(hasScript: hasScript)
        for setting in AppSetting.allCases {
            if let value = reader.values[setting] { reader.apply(setting, value) }
        }
        reader.checkCombinations()
        guard hasName else { return nil }
        let name = NamedEntry(name: reader.app.name, origin: reader.app.origin)
        return (name, hasScript ? reader.app : nil)
    }

    private init(entry: SettingReader, issues: IssueCollector, app: AppDeclaration) {
        self.entry = entry
        self.issues = issues
        self.app = app
    }

    /// Puts each key where it belongs: a setting, an `env_NAME`, something of PM2's, or a mistake.
    private mutating func sort(_ members: [(key: String, reader: SettingReader)]) {
        for (key, value) in members {
            if let setting = AppSetting(key: key) {
                note(setting, key: key, value)
            } else if let pm2 = PM2Key(key: key) {
                if let notice = pm2.notice, value.value.asksForSomething {
                    value.report(notice, severity: .warning)
                }
            } else if key.hasPrefix("env_"), key.utf8.count > 4 {
                readNamedEnvironment(key, value)
            } else {
                value.report("unknown key" + NearestName.suggestion(for: key, among: AppSetting.suggestions))
            }
        }
    }

    private mutating func note(_ setting: AppSetting, key: String, _ value: SettingReader) {
        guard app.origin.keys[setting] == nil else {
            let earlier = app.origin.path(of: setting)
            value.report("the same setting as \(earlier)", hint: "only one of them can count")
            return
        }
        app.origin.note(setting, key: key)
        // null is how generated files say "not set".
        if case .null = value.value { return }
        values[setting] = value
    }

    private mutating func readNamedEnvironment(_ key: String, _ value: SettingReader) {
        if case .null = value.value { return }
        guard case .object = value.value else {
            value.expected("an object with the variables of the environment \"\(key.dropFirst(4))\"")
            return
        }
        app.namedEnvironments[String(key.dropFirst(4))] = value.variables()
    }

    private mutating func readScript() -> Bool {
        guard let value = values[.script] else {
            entry.report("has no script", hint: "add \"script\": the program or file to run")
            return false
        }
        guard let script = value.string("a path, a program or a command line") else { return false }
        guard !script.trimmingBlanks.isEmpty else {
            value.report("must not be blank")
            return false
        }
        app.script = script
        return true
    }

    private mutating func readName(hasScript: Bool) -> Bool {
        guard let value = values[.name] else {
            guard hasScript else { return false }
            guard let name = AppName(defaultForScript: app.script) else {
                entry.report("has no name, and none can be made of its script", hint: "add a \"name\"")
                return false
            }
            app.name = name
            return true
        }
        guard let text = value.string() else { return false }
        guard let name = AppName(text) else {
            value.report(
                "\(JSONValue.string(text).summary) cannot be a name",
                hint:
                    "a name has 1 to \(AppName.maximumLength) letters, digits, \".\", \"_\" or \"-\", and a "
                    + "letter or digit first"
            )
            return false
        }
        app.name = name
        return true
    }

    /// Checks what only two settings together can get wrong.
    private mutating func checkCombinations() {
        if let soft = app.memory.soft, let hard = app.memory.hard, soft >= hard {
            values[.memory]?.report("soft (\(soft)) is not below hard (\(hard))")
        }
        if let value = values[.interpreterArguments], app.interpreter == "none",
            !app.interpreterArguments.isEmpty
        {
            value.report("has no effect: the interpreter is \"none\"", severity: .warning)
        }
        if let value = values[.listenTimeout], app.readiness == .immediate {
            value.report(
                "has no effect: nothing is waited for",
                hint: "set \"wait_ready\": true for an app that sends READY=1",
                severity: .warning
            )
        }
        if values[.backoff] != nil, let value = values[.exponentialDelay] {
            value.report("says the same as \"backoff\"", hint: "keep one of them")
        }
        if values[.restartDelay] != nil, values[.backoff] != nil {
            values[.restartDelay]?.report("excludes \"backoff\"", hint: "keep one of them")
        }
    }
}

extension AppName {
    /// The name of an app that has none: its script's file name without folder and extension.
    init?(defaultForScript script: String) {
        let words = (try? ShellWords.split(script)) ?? [script]
        // A path with spaces that is meant as one path still ends in its file name.
        guard let program = words.first, let file = program.split(separator: "/").last else { return nil }
        let stem = file.lastIndex(of: ".").map { $0 == file.startIndex ? file : file[..<$0] } ?? file
        self.init(String(stem))
    }
}

extension JSONValue {
    /// Whether the value of a switch asks for anything: not `false`, `null`, 0, `"raw"` or empty.
    fileprivate var asksForSomething: Bool {
        switch self {
        case .null, .bool(false), .integer(0), .string(""), .string("raw"), .string("false"): false
        case .array(let values): !values.isEmpty
        case .object(let object): !object.isEmpty
        default: true
        }
    }
}
