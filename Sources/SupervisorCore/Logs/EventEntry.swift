import Shared

extension LifecycleNotice {
    /// The notice as an entry of the systemd journal: what happened, to whom, and every figure as a field of its own.
    ///
    /// Members of ``Kind-swift.enum/fields`` become `NOVI_` and the name in capitals: `code` is `NOVI_CODE`. A list becomes one
    /// field an element, as journald allows.
    public var journalEntry: JournalEntry {
        var entry = JournalEntry(
            of: JournalEntry.supervisorIdentifier,
            kind.level,
            process.map { "\($0): \(kind.message)" } ?? kind.message
        )
        if let messageID = kind.messageID { entry.append("MESSAGE_ID", messageID) }
        entry.append("NOVI_EVENT", kind.word)
        if let process {
            entry.append("NOVI_APP", process.app.rawValue)
            entry.append("NOVI_INSTANCE", "\(process.instance)")
        }
        if let run { entry.append("NOVI_RUN", "\(run)") }
        for (key, value) in kind.fields {
            let name = "NOVI_" + key.uppercased()
            switch value {
            case .null: break
            case .array(let elements): for element in elements { entry.append(name, element.journalText) }
            case .bool, .integer, .number, .string, .object: entry.append(name, value.journalText)
            }
        }
        return entry
    }
}

extension JournalEntry {
    /// The SYSLOG_IDENTIFIER of the supervisor itself.
    public static let supervisorIdentifier = "noviSupervisord"

    /// Makes an entry with what each one has.
    ///
    /// - Parameters:
    ///   - identifier: What `journalctl -t` looks for.
    ///   - level: How grave it is.
    ///   - message: The text.
    public init(of identifier: String, _ level: LogLevel, _ message: String) {
        self.init()
        append("MESSAGE", message)
        append("PRIORITY", "\(level.syslogPriority)")
        append("SYSLOG_IDENTIFIER", identifier)
    }
}

extension JSONValue {
    /// A text as it is, anything else as JSON.
    fileprivate var journalText: String {
        if case .string(let text) = self { return text }
        return String(decoding: serialized(), as: UTF8.self)
    }
}
