/// One thing that is wrong, or remarkable, in a configuration, and where.
public struct ConfigurationIssue: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether the configuration can be used.
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        /// It cannot: nothing that runs is touched.
        case error
        /// It can, but something in it has no effect or another one than its author may expect.
        case warning
    }

    /// The file's name as the operator gave it; `command line` when there is no file.
    public var file: String
    /// The place in the file; `nil` when the issue has none.
    public var position: SourcePosition?
    /// What it is about, such as `apps[1].restart_delay`; empty for the whole file.
    public var path: String
    /// What is wrong, in lower case, without a full stop.
    public var message: String
    /// What to do about it; `nil` when the message says it.
    public var hint: String?
    /// Whether the configuration can be used.
    public var severity: Severity

    /// Makes an issue of its parts.
    public init(
        file: String,
        position: SourcePosition? = nil,
        path: String = "",
        message: String,
        hint: String? = nil,
        severity: Severity = .error
    ) {
        self.file = file
        self.position = position
        self.path = path
        self.message = message
        self.hint = hint
        self.severity = severity
    }

    /// The line, from 1; `nil` when the issue has no place.
    public var line: Int? { position?.line }
    /// The column, from 1; `nil` when the issue has no place.
    public var column: Int? { position?.column }

    /// `ecosystem.json:12:7: apps[1].restart_dealy: unknown key (did you mean "restart_delay"?)`, and the hint on
    /// a line of its own.
    public var description: String {
        var text = file
        if let position { text += ":\(position.line):\(position.column)" }
        text += ": "
        if severity == .warning { text += "warning: " }
        if !path.isEmpty { text += "\(path.withoutControls): " }
        text += message
        if let hint { text += "\n  hint: \(hint)" }
        return text
    }
}

/// A place in a text file.
public struct SourcePosition: Hashable, Comparable, Sendable {
    /// The line, from 1.
    public var line: Int
    /// The column in characters, from 1.
    public var column: Int

    /// Makes a place of its numbers.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders as in the file.
    public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

extension Sequence<ConfigurationIssue> {
    /// The issues in the order of the file's lines, those without a place last; one file after the other.
    public var inFileOrder: [ConfigurationIssue] {
        var files: [String: Int] = [:]
        for issue in self where files[issue.file] == nil { files[issue.file] = files.count }
        let last = SourcePosition(line: .max, column: .max)
        return enumerated().sorted { left, right in
            let (first, second) = (left.element, right.element)
            let (firstFile, secondFile) = (files[first.file] ?? 0, files[second.file] ?? 0)
            guard firstFile == secondFile else { return firstFile < secondFile }
            let (firstPlace, secondPlace) = (first.position ?? last, second.position ?? last)
            return firstPlace == secondPlace ? left.offset < right.offset : firstPlace < secondPlace
        }
        .map(\.element)
    }

    /// Whether any of them forbids the use of the configuration.
    public var containsErrors: Bool { contains { $0.severity == .error } }
}
