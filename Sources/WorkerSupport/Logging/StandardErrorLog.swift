import Glibc
import Logging

/// Writes log lines to standard error, each with its priority in front (`<4>`, sd-daemon(3)) unless it is a terminal.
///
///     <4>whatsapp: link lost reason=TIMEOUT
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let label: String

    private let showsPriority: Bool

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
        showsPriority = isatty(STDERR_FILENO) == 0
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let extra = event.metadata { fields.merge(extra) { _, new in new } }
        var text = showsPriority ? "<\(Self.priority(of: event.level))>" : ""
        text += "\(label): \(Self.line(event.message.description))"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            text += " \(key)=\(Self.line(value.description))"
        }
        if let error = event.error { text += " error=\(Self.line("\(error)"))" }
        Self.write(text)
    }

    /// syslog(3)'s number of a level.
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// The text as one line: what a message carries from outside must not look like a line of ours.
    static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            return text
        }
        var line = ""
        for scalar in text.unicodeScalars {
            line +=
                scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return line
    }

    /// One write(2) a line, so that lines of several threads never mix; what cannot be written is lost.
    private static func write(_ text: String) {
        var bytes = Array(text.utf8.prefix(Limits.logLineBytes))
        bytes.append(UInt8(ascii: "\n"))
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
