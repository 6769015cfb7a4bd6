import Shared

extension LogPolicy {
    /// What differs from the defaults.
    var json: JSONValue {
        let usual = LogPolicy()
        var object = JSONObject()
        func add<Value: Equatable>(
            _ key: String,
            _ path: KeyPath<LogPolicy, Value>,
            _ value: (Value) -> JSONValue
        ) {
            if self[keyPath: path] != usual[keyPath: path] { object[key] = value(self[keyPath: path]) }
        }
        let number: (Int64?) -> JSONValue = { $0.map(JSONValue.integer) ?? .null }
        add("maximum_file_bytes", \.maximumFileBytes, number)
        add("frequency", \.frequency) { .string($0.text) }
        add("date_pattern", \.datePattern, JSONValue.string)
        add("utc", \.usesUTC, JSONValue.bool)
        add("class", \.logClass) { $0.map { .string($0.rawValue) } ?? .null }
        add("live_seconds", \.liveSeconds) { .integer($0) }
        add("archive_seconds", \.archiveSeconds, number)
        add("maximum_files", \.maximumFiles) { number($0.map(Int64.init)) }
        add("maximum_total_bytes", \.maximumTotalBytes, number)
        add("compression", \.compression) { .string($0.rawValue) }
        add("compression_delay_seconds", \.compressionDelaySeconds) { .integer($0) }
        add("symbolic_link", \.symbolicLink) { $0.map(JSONValue.string) ?? .null }
        add("archive_directory", \.archiveDirectory) { $0.map(JSONValue.string) ?? .null }
        add("keep_free_percent", \.keepFreePercent) { .integer(Int64($0)) }
        add("on_full", \.onFull) { .string($0.rawValue) }
        return .object(object)
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        self.init()
        let seconds = 0...100 * 366 * 86_400
        if fields.has("maximum_file_bytes") {
            maximumFileBytes = try fields.integer("maximum_file_bytes", in: 1...Int.max).map(Int64.init)
        }
        if let text = try fields.string("frequency") {
            guard let value = RotationFrequency(text: text) else {
                throw fields.failure("frequency", "is unknown")
            }
            frequency = value
        }
        datePattern = try fields.string("date_pattern") ?? datePattern
        usesUTC = try fields.bool("utc") ?? usesUTC
        logClass = try Self.named("class", fields)
        liveSeconds = try fields.integer("live_seconds", in: seconds).map(Int64.init) ?? liveSeconds
        archiveSeconds = try fields.integer("archive_seconds", in: seconds).map(Int64.init)
        // 0 was taken as a limit once, which kept nothing.
        maximumFiles = try fields.integer("maximum_files", in: 0...1_000_000).flatMap { $0 > 0 ? $0 : nil }
        if fields.has("maximum_total_bytes") {
            let bytes = try fields.integer("maximum_total_bytes", in: 0...Int.max).map(Int64.init)
            maximumTotalBytes = bytes.flatMap { $0 > 0 ? $0 : nil }
        }
        compression = try Self.named("compression", fields) ?? compression
        let delay = try fields.integer("compression_delay_seconds", in: seconds).map(Int64.init)
        compressionDelaySeconds = delay ?? compressionDelaySeconds
        symbolicLink = try fields.string("symbolic_link")
        archiveDirectory = try fields.string("archive_directory")
        if let archiveDirectory, !archiveDirectory.hasPrefix("/") {
            throw fields.failure("archive_directory", "is not absolute")
        }
        keepFreePercent = try fields.integer("keep_free_percent", in: 0...90) ?? keepFreePercent
        onFull = try Self.named("on_full", fields) ?? onFull
    }

    private static func named<Value: RawRepresentable<String>>(
        _ key: String,
        _ fields: JSONFields
    ) throws(AppDefinitionError) -> Value? {
        guard let text = try fields.string(key) else { return nil }
        guard let value = Value(rawValue: text) else { throw fields.failure(key, "is unknown") }
        return value
    }
}

extension DerivedLogs {
    /// What differs from nothing.
    var json: JSONValue {
        var object = JSONObject()
        object["stamp_pattern"] = stampPattern.map(JSONValue.string)
        if isJSON { object["json"] = true }
        object["combined"] = combined.map(JSONValue.string)
        if !levelFiles.isEmpty {
            var files = JSONObject()
            for (level, path) in levelFiles.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                files[level.name] = .string(path)
            }
            object["level_files"] = .object(files)
        }
        if !levelRules.isEmpty {
            object["level_rules"] = .array(
                levelRules.map { .object(["match": .string($0.text), "level": .string($0.level.name)]) }
            )
        }
        // Two members: a daemon that knows the first only still writes the lines.
        if journal != .none { object["journal"] = true }
        if journal == .linesWithFields { object["journal_fields"] = true }
        return .object(object)
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        self.init()
        stampPattern = try fields.string("stamp_pattern")
        isJSON = try fields.bool("json") ?? false
        combined = try fields.string("combined")
        let parses = try fields.bool("journal_fields") ?? false
        if try fields.bool("journal") ?? false { journal = parses ? .linesWithFields : .lines }
        for (name, path) in try fields.variables("level_files") {
            guard let level = LogLevel(name: name) else {
                throw fields.failure("level_files", "has no such level")
            }
            levelFiles[level] = path
        }
        for rule in try fields.objects("level_rules") {
            let level = LogLevel(name: try rule.required("level"))
            guard let level, let read = LevelRule(text: try rule.required("match"), level: level) else {
                throw fields.failure("level_rules", "holds a rule that is none")
            }
            levelRules.append(read)
        }
        let paths = [combined].compactMap { $0 } + levelFiles.values
        for path in paths where !path.isEmpty && !path.hasPrefix("/") {
            throw fields.failure("combined", "is not absolute")
        }
    }
}

extension RotationFrequency {
    /// As it is written: `never`, `date`, `5m`.
    var text: String {
        switch self {
        case .never: "never"
        case .datePattern: "date"
        case .minutes(let count): "\(count)m"
        }
    }

    /// Reads ``text``, and `daily`, `hourly`, `custom`, `3h`.
    init?(text: String) {
        switch text {
        case "never", "none": self = .never
        case "date", "daily", "custom": self = .datePattern
        case "hourly": self = .minutes(60)
        default:
            let scale = text.last == "h" ? 60 : text.last == "m" ? 1 : nil
            guard let scale, let count = Int(text.dropLast()), count > 0, count * scale <= 1440 else {
                return nil
            }
            self = .minutes(count * scale)
        }
    }
}
