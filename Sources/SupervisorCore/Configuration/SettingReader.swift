import Shared

/// One value of the file with its place; every read checks type and range and reports what does not fit.
struct SettingReader {
    /// The value as written.
    let value: JSONValue
    /// Where it is.
    let path: JSONPath
    /// Where mistakes go.
    let issues: IssueCollector

    /// Reports that the value is of the wrong type.
    func expected(_ wanted: String, hint: String? = nil) {
        issues.report("expected \(wanted), found \(value.summary)", at: path, hint: hint)
    }

    /// Reports that the value cannot be used, or is remarkable.
    func report(_ message: String, hint: String? = nil, severity: ConfigurationIssue.Severity = .error) {
        issues.report(message, at: path, hint: hint, severity: severity)
    }

    /// Reads a text that is not empty and holds no NUL.
    func string(_ wanted: String = "a text") -> String? {
        guard case .string(let text) = value else {
            expected(wanted)
            return nil
        }
        guard !text.isEmpty else {
            report("must not be empty")
            return nil
        }
        return isClean(text) ? text : nil
    }

    /// Reads a path: a text that is short enough.
    func filePath() -> String? {
        guard let text = string("a path") else { return nil }
        guard text.utf8.count <= ConfigurationLimits.maximumPathBytes else {
            report("the path is longer than \(ConfigurationLimits.maximumPathBytes) bytes")
            return nil
        }
        guard !text.unicodeScalars.contains(where: \.isControl) else {
            report("the path holds a control character")
            return nil
        }
        return text
    }

    /// Checks that a text can be an argument or a variable: no NUL, not too long.
    func isClean(_ text: String) -> Bool {
        if text.utf8.contains(0) {
            report("holds a NUL character, which no program can receive")
            return false
        }
        guard text.utf8.count <= ConfigurationLimits.maximumStringBytes else {
            report(
                "is longer than \(ConfigurationLimits.maximumStringBytes) bytes, which no program can receive"
            )
            return false
        }
        return true
    }

    /// Reads `true` or `false`.
    func boolean() -> Bool? {
        guard case .bool(let flag) = value else {
            let hint: String? =
                switch value {
                case .string("true"), .string("false"): "write it without quotes"
                default: nil
                }
            expected("true or false", hint: hint)
            return nil
        }
        return flag
    }

    /// Reads a whole number within a range.
    func integer(in range: ClosedRange<Int>, _ wanted: String = "a whole number") -> Int? {
        guard let number = value.exactInteger else {
            expected(wanted)
            return nil
        }
        guard let result = Int(exactly: number), range.contains(result) else {
            report("\(number) is out of range: \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return result
    }

    /// Reads a number within a range.
    func number(in range: ClosedRange<Double>) -> Double? {
        let result: Double
        switch value {
        case .integer(let number): result = Double(number)
        case .number(let number): result = number
        default:
            expected("a number")
            return nil
        }
        guard range.contains(result) else {
            report("\(value.summary) is out of range: \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return result
    }

    /// Reads a time: milliseconds, or a text such as `"5s"`.
    func duration(atLeast minimum: Duration = .zero) -> Duration? {
        let result: Duration
        switch value {
        case .string(let text):
            do {
                result = try HumanUnits.duration(text)
            } catch {
                report(
                    error.message(for: text),
                    hint: "write a time as 1500 (milliseconds), \"500ms\", \"5s\", \"2m\" or \"1h\""
                )
                return nil
            }
        default:
            guard let number = value.exactInteger else {
                expected("a time", hint: "write milliseconds, or a text such as \"5s\"")
                return nil
            }
            guard number >= 0 else {
                report("a time cannot be negative")
                return nil
            }
            guard number <= ConfigurationLimits.maximumDuration.wholeMilliseconds else {
                report("longer than \(HumanUnits.text(ConfigurationLimits.maximumDuration))")
                return nil
            }
            result = .milliseconds(number)
        }
        guard result >= minimum else {
            report(
                "shorter than \(HumanUnits.text(minimum))",
                hint: "a number without a unit is milliseconds"
            )
            return nil
        }
        guard result <= ConfigurationLimits.maximumDuration else {
            report("longer than \(HumanUnits.text(ConfigurationLimits.maximumDuration))")
            return nil
        }
        return result
    }

    /// Reads an amount of bytes: a number, or a text such as `"300M"`.
    func bytes() -> ByteCount? {
        switch value {
        case .string(let text):
            do {
                return try HumanUnits.bytes(text)
            } catch {
                report(
                    error.message(for: text),
                    hint: "write a size as \"300M\", \"1.5G\", \"512K\" or in bytes"
                )
                return nil
            }
        default:
            guard let number = value.exactInteger else {
                expected("a size", hint: "write bytes, or a text such as \"300M\"")
                return nil
            }
            guard number >= 0 else {
                report("a size cannot be negative")
                return nil
            }
            return ByteCount(number)
        }
    }

    /// Reads a memory limit: a size in which a process can live.
    func memoryLimit() -> ByteCount? {
        guard let limit = bytes() else { return nil }
        guard limit.bytes >= ConfigurationLimits.minimumMemoryLimit else {
            var hint: String?
            if limit.bytes > 0 { hint = "a number without a unit is bytes; was \"\(limit.bytes)M\" meant?" }
            report("\(limit) is less than any process needs", hint: hint)
            return nil
        }
        return limit
    }

    /// Reads a list, or one value as a list of one.
    func elements() -> [SettingReader] {
        guard case .array(let values) = value else { return [self] }
        return values.enumerated().map { index, element in
            SettingReader(value: element, path: path.appending(.index(index)), issues: issues)
        }
    }

    /// Reads a text or a list of texts.
    func strings(_ wanted: String = "a text or a list of texts") -> [String] {
        elements().compactMap { $0.string(wanted) }
    }

    /// Reads an object whose keys are all known; unknown ones are reported with the nearest known one.
    func fields(_ known: [String], _ wanted: String = "an object") -> [String: SettingReader]? {
        guard let members = members(wanted) else { return nil }
        var fields: [String: SettingReader] = [:]
        for (key, reader) in members {
            let name = known.first { $0 == key || $0.camelCased == key }
            guard let name else {
                reader.report(
                    "unknown key" + NearestName.suggestion(for: key, among: known),
                    hint: "known here: " + known.joined(separator: ", ")
                )
                continue
            }
            if case .null = reader.value { continue }
            fields[name] = reader
        }
        return fields
    }

    /// Reads an object; keys written twice are reported.
    func members(_ wanted: String = "an object") -> [(key: String, reader: SettingReader)]? {
        guard case .object(let object) = value else {
            expected(wanted)
            return nil
        }
        for key in object.duplicateKeys {
            issues.reportRepetition(of: path.appending(.key(key)))
        }
        var seen: Set<String> = []
        // Of a key written twice the first is read: that is the one whose place is known.
        return object.compactMap { key, member in
            guard seen.insert(key).inserted else { return nil }
            return (key, SettingReader(value: member, path: path.appending(.key(key)), issues: issues))
        }
    }
}

extension HumanUnits.Failure {
    /// What is said of a text that is no amount.
    func message(for text: String) -> String {
        let shown = JSONValue.string(text).summary
        return switch self {
        case .malformed: "\(shown) is not understood"
        case .negative: "\(shown) is negative"
        case .tooLarge: "\(shown) is too large"
        }
    }
}

extension JSONValue {
    /// The value for a message: `the text "abc"`, `the number 5`, `a list`.
    var summary: String {
        switch self {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return "the number \(number)"
        case .number(let number): return "the number \(number)"
        case .array: return "a list"
        case .object: return "an object"
        case .string(let text):
            var shown = String.UnicodeScalarView()
            for scalar in text.unicodeScalars.prefix(40) {
                shown.append(scalar.isControl ? "\u{FFFD}" : scalar)
            }
            let isCut = text.unicodeScalars.count > 40
            return "the text \"\(String(shown))\(isCut ? "…" : "")\""
        }
    }

    /// The value as a whole number; `nil` for everything else, also for 1.5.
    var exactInteger: Int64? {
        switch self {
        case .integer(let number): number
        case .number(let number): Int64(exactly: number)
        default: nil
        }
    }
}
