import Shared

extension SettingReader {
    /// Reads the name of a group of apps.
    func namespace() -> String? {
        guard let text = string() else { return nil }
        guard text.utf8.count <= AppName.maximumLength,
            !text.unicodeScalars.contains(where: { $0.isControl || $0 == ":" || $0 == "/" || $0 == "," })
        else {
            report(
                "\(value.summary) cannot be a namespace",
                hint:
                    "at most \(AppName.maximumLength) bytes, without \":\", \"/\", \",\" and control characters"
            )
            return nil
        }
        return text
    }

    /// Checks a name that refers to an app.
    func appName(_ text: String) -> AppName? {
        guard let name = AppName(text) else {
            report("\(JSONValue.string(text).summary) cannot be the name of an app")
            return nil
        }
        return name
    }

    /// Reads the name of a variable.
    func variableName() -> String? {
        guard let text = string("the name of a variable") else { return nil }
        guard text.isVariableName else {
            report("\(value.summary) cannot be the name of a variable")
            return nil
        }
        return text
    }

    /// Reads the name or number of a user or group as text.
    func account(_ wanted: String) -> String? {
        if let number = value.exactInteger {
            // The last number means "none" to setresuid(2).
            guard let valid = UInt32(exactly: number), valid != .max else {
                report("\(number) is no number of a user or group")
                return nil
            }
            return "\(valid)"
        }
        guard let text = string(wanted) else { return nil }
        guard !text.unicodeScalars.contains(where: { $0.isControl || $0 == ":" || $0 == "/" }) else {
            report("\(value.summary) cannot be a name")
            return nil
        }
        return text
    }

    /// Reads where output goes; PM2's `NULL` stands for nowhere.
    func logPath() -> String? {
        guard let path = filePath() else { return nil }
        return path == "NULL" ? "/dev/null" : path
    }

    /// Reads arguments: a list, or a text that is split as a shell does.
    func arguments() -> [String] {
        var words: [String] = []
        switch value {
        case .string(""): return []
        case .string(let text):
            guard isClean(text) else { return [] }
            do {
                words = try ShellWords.split(text)
            } catch {
                report(error.message, hint: "or write the arguments as a list")
            }
        case .array:
            for element in elements() {
                switch element.value {
                case .string(let text): if element.isClean(text) { words.append(text) }
                case .integer, .number: words.append(element.value.environmentText)
                default: element.expected("a text")
                }
            }
        default: expected("a text or a list of texts")
        }
        if words.count > ConfigurationLimits.maximumArguments {
            report("more than \(ConfigurationLimits.maximumArguments) arguments")
        }
        return words
    }

    /// Reads an object of variables.
    ///
    /// Numbers and switches become text, lists and objects JSON text, as in PM2.
    func variables() -> [String: String] {
        var variables: [String: String] = [:]
        for (name, member) in members("an object with variables") ?? [] {
            guard name.isVariableName else {
                member.report(
                    "cannot be the name of a variable",
                    hint: "names are not empty and hold no \"=\" and no control characters"
                )
                continue
            }
            if case .null = member.value {
                member.report("null is no value", hint: "write \"\" for an empty variable, or leave it out")
                continue
            }
            let text = member.value.environmentText
            guard member.isClean(text) else { continue }
            let isForbidden: (Unicode.Scalar) -> Bool = {
                $0.isControl && $0 != "\n" && $0 != "\t" && $0 != "\r"
            }
            if text.unicodeScalars.contains(where: isForbidden) {
                member.report("holds a control character")
                continue
            }
            if ReservedVariables.areSetForEachRun(name) {
                member.report("is set by the supervisor for each run, not from here", severity: .warning)
            }
            variables[name] = text
        }
        return variables
    }

    /// Reads the address of a socket.
    func listenAddress() -> String? {
        guard let text = string("an address such as \"tcp://127.0.0.1:3000\"") else { return nil }
        if let problem = ListenAddress.problem(with: text) {
            report(
                problem,
                hint: "write \"tcp://127.0.0.1:3000\", \"tcp://[::1]:3000\" or \"unix:///run/app.sock\""
            )
            return nil
        }
        return text
    }
}

extension JSONValue {
    /// The value as an environment variable: text as it is, whole numbers without a fraction, the rest as JSON.
    var environmentText: String {
        switch self {
        case .string(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return "\(number)"
        case .number(let number):
            if let whole = Int64(exactly: number), abs(number) < 9e15 { return "\(whole)" }
            return String(decoding: serialized(), as: UTF8.self)
        case .null, .array, .object: return String(decoding: serialized(), as: UTF8.self)
        }
    }
}
