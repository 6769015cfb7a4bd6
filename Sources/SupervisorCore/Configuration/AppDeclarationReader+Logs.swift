import Shared

/// How logs are rotated, kept and derived: the names of PM2, of its rotation module and of winston's daily files.
extension AppDeclarationReader {
    /// Reads the value of a setting about logs.
    mutating func applyLogSetting(_ setting: AppSetting, _ value: SettingReader) {
        switch setting {
        case .maximumLogSize: readMaximumSize(value)
        case .datePattern:
            if let text = value.logDatePattern(DatePattern.mistake(inNames:)) {
                app.logPolicy.datePattern = text
            }
        case .logFrequency: readFrequency(value)
        case .maximumLogFiles: readMaximumFiles(value)
        case .maximumLogAge: app.logPolicy.archiveSeconds = value.wholeSeconds()
        case .maximumTotalLogSize:
            if value.isNoLimit {
                app.logPolicy.maximumTotalBytes = nil
            } else if let bytes = value.bytes()?.bytes {
                app.logPolicy.maximumTotalBytes = bytes
            }
        case .logClass: if let found = value.named(LogClass.self) { app.logPolicy.logClass = found }
        case .logFolder: app.logFolder = value.filePath()
        case .archiveDirectory: app.logPolicy.archiveDirectory = value.filePath()
        case .compressLogs: readCompression(value)
        case .compressionDelay:
            if let seconds = value.wholeSeconds() { app.logPolicy.compressionDelaySeconds = seconds }
        case .logsInUTC: if let flag = value.boolean() { app.logPolicy.usesUTC = flag }
        case .keepFree:
            if let percent = value.integer(in: 0...90, "percent of the disk, 0 to 90") {
                app.logPolicy.keepFreePercent = percent
            }
        case .onFull: if let found = value.named(FullDiskAction.self) { app.logPolicy.onFull = found }
        case .createSymlink:
            if let flag = value.boolean(), flag, app.logPolicy.symbolicLink == nil {
                app.logPolicy.symbolicLink = "current"
            }
        case .symlinkName: readLinkName(value)
        case .logFile: readLogFile(value)
        case .logDateFormat:
            if let text = value.logDatePattern(DatePattern.mistake(in:)) {
                app.derivedLogs.stampPattern = text
            }
        case .stampTime:
            if let flag = value.boolean(), flag, app.derivedLogs.stampPattern == nil {
                app.derivedLogs.stampPattern = DerivedLogs.usualStampPattern
            }
        case .logType: readLogType(value)
        case .levelFiles: readLevelFiles(value)
        case .levelRules: readLevelRules(value)
        case .journal: readJournal(value)
        default: break
        }
    }

    private mutating func readMaximumSize(_ value: SettingReader) {
        guard !value.isNoLimit else {
            app.logPolicy.maximumFileBytes = nil
            return
        }
        guard let bytes = value.bytes() else { return }
        guard bytes.bytes >= 4096 else {
            value.report("\(bytes.bytes) bytes are too few for a file", hint: "at least 4k; \"20m\" is usual")
            return
        }
        app.logPolicy.maximumFileBytes = bytes.bytes
    }

    private mutating func readFrequency(_ value: SettingReader) {
        guard let text = value.string("\"daily\", \"hourly\", \"never\", or such as \"5m\", \"3h\"") else {
            return
        }
        guard let frequency = RotationFrequency(text: text) else {
            value.expected(
                "\"daily\", \"hourly\", \"never\", or minutes or hours of a day such as \"5m\", \"3h\""
            )
            return
        }
        app.logPolicy.frequency = frequency
    }

    /// `20` files, or `14d` beside the log before they move to the archive.
    private mutating func readMaximumFiles(_ value: SettingReader) {
        guard !value.isNoLimit else {
            app.logPolicy.maximumFiles = nil
            return
        }
        switch value.value {
        case .integer: app.logPolicy.maximumFiles = value.integer(in: 0...1_000_000)
        default:
            guard let text = value.string("a number of files, or an age such as \"14d\"") else { return }
            if let count = Int(text), count >= 0 {
                app.logPolicy.maximumFiles = count
            } else if let seconds = value.wholeSeconds() {
                app.logPolicy.liveSeconds = seconds
            }
        }
    }

    private mutating func readLinkName(_ value: SettingReader) {
        guard let text = value.string("a file's name") else { return }
        guard !text.isEmpty, text != ".", text != "..", !text.utf8.contains(UInt8(ascii: "/")) else {
            value.report(
                "\"\(text)\" is no file's name",
                hint: "the link lies beside the log; write a name without \"/\""
            )
            return
        }
        app.logPolicy.symbolicLink = text
    }

    private mutating func readCompression(_ value: SettingReader) {
        if case .bool(let flag) = value.value {
            app.logPolicy.compression = flag ? .gzip : .none
        } else if let found = value.named(Compression.self) {
            app.logPolicy.compression = found
        }
    }

    private mutating func readLogFile(_ value: SettingReader) {
        if case .bool(let flag) = value.value {
            app.derivedLogs.combined = flag ? "" : nil
        } else {
            app.derivedLogs.combined = value.filePath()
        }
    }

    private mutating func readLogType(_ value: SettingReader) {
        guard let text = value.string("\"json\" or \"raw\"") else { return }
        switch text {
        case "json": app.derivedLogs.isJSON = true
        case "raw": app.derivedLogs.isJSON = false
        default: value.expected("\"json\" or \"raw\"")
        }
    }

    /// `true`, or `{"fields": true}` for the members of JSON lines as well.
    private mutating func readJournal(_ value: SettingReader) {
        if case .bool(let flag) = value.value {
            app.derivedLogs.journal = flag ? .lines : .none
            return
        }
        let wanted = "true, false, or an object such as {\"fields\": true}"
        guard let fields = value.fields(["fields"], wanted) else { return }
        app.derivedLogs.journal = fields["fields"]?.boolean() == true ? .linesWithFields : .lines
    }

    private mutating func readLevelFiles(_ value: SettingReader) {
        for (key, member) in value.members("an object such as {\"error\": \"logs/error.log\"}") ?? [] {
            guard let level = member.level(key) else { continue }
            if let path = member.filePath() { app.derivedLogs.levelFiles[level] = path }
        }
    }

    private mutating func readLevelRules(_ value: SettingReader) {
        let wanted = "a rule such as {\"match\": \"ALERT*\", \"level\": \"critical\"}"
        for element in value.elements() {
            guard let fields = element.fields(["match", "level"], wanted) else { continue }
            guard let match = fields["match"], let level = fields["level"] else {
                element.expected(wanted)
                continue
            }
            let name = level.string("a level such as \"warning\"")
            guard let found = name.flatMap({ level.level($0) }), let text = match.string("a text") else {
                continue
            }
            if let rule = LevelRule(text: text, level: found) {
                app.derivedLogs.levelRules.append(rule)
            } else {
                match.expected("a text of 1 to \(LevelRule.patternBytes) bytes, with * and ? as wildcards")
            }
        }
    }
}

extension SettingReader {
    /// The level of a name.
    fileprivate func level(_ name: String) -> LogLevel? {
        if let level = LogLevel(name: name) { return level }
        let names = LogLevel.allCases.map(\.name)
        report(
            "unknown level \"\(name)\"" + NearestName.suggestion(for: name, among: names),
            hint: "known: " + names.joined(separator: ", ")
        )
        return nil
    }

    /// Whether it says that there is no limit: winston's and PM2's users write 0, false or a word.
    fileprivate var isNoLimit: Bool {
        switch value {
        case .bool(let flag): !flag
        case .integer(let number): number == 0
        case .string(let text): ["none", "0", "unlimited"].contains(text)
        default: false
        }
    }

    /// A time in whole seconds.
    fileprivate func wholeSeconds() -> Int64? {
        duration().map { $0.wholeMilliseconds / 1000 }
    }

    /// One of the names of an enumeration.
    fileprivate func named<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> Value? {
        let names = type.allCases.map(\.rawValue)
        guard let text = string("one of " + names.joined(separator: ", ")) else { return nil }
        guard let value = Value(rawValue: text) else {
            report(
                "unknown value \"\(text)\"" + NearestName.suggestion(for: text, among: names),
                hint: "known: " + names.joined(separator: ", ")
            )
            return nil
        }
        return value
    }

    /// A date in moment.js letters.
    fileprivate func logDatePattern(_ mistake: (String) -> DatePattern.Mistake?) -> String? {
        guard let text = string("a date pattern such as \"YYYY-MM-DD\"") else { return nil }
        guard !text.isEmpty, text.utf8.count <= 100 else {
            expected("a date pattern such as \"YYYY-MM-DD\"")
            return nil
        }
        if let mistake = mistake(text) {
            report("\(mistake)", hint: DatePattern.hint)
            return nil
        }
        return text
    }
}
