import CSupervisorShims

/// A system call that failed: what was attempted, on what, and why.
///
/// It reads `cannot open log file /x: permission denied`.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was attempted, such as `open log file`.
    public var operation: String
    /// The error number (errno(3)).
    public var errorNumber: Int32
    /// On what: a path, an address, a process; empty when there is nothing to name.
    public var subject: String
    /// The reason where the number alone would not tell; `nil` for the system's own text.
    public var explanation: String?
    /// What the reader can do; `nil` when there is nothing to add.
    public var hint: String?

    /// Makes an error of its parts.
    public init(
        _ operation: String,
        _ errorNumber: Int32,
        _ subject: String = "",
        explanation: String? = nil,
        hint: String? = nil
    ) {
        self.operation = operation
        self.errorNumber = errorNumber
        self.subject = subject
        self.explanation = explanation
        self.hint = hint
    }

    /// The symbol of the error number, such as `EACCES`.
    public var name: String { Self.name(of: errorNumber) }

    /// Why it failed, in lower case.
    public var reason: String { explanation ?? Self.text(of: errorNumber) }

    /// The whole sentence, without the hint.
    public var description: String {
        subject.isEmpty ? "cannot \(operation): \(reason)" : "cannot \(operation) \(subject): \(reason)"
    }

    /// The symbol of an error number, such as `EACCES`.
    public static func name(of errorNumber: Int32) -> String {
        guard let name = novi_error_name(errorNumber) else { return "errno \(errorNumber)" }
        return String(cString: name)
    }

    /// The system's text for an error number, in lower case, such as `permission denied`.
    public static func text(of errorNumber: Int32) -> String {
        guard let text = novi_error_text(errorNumber) else { return "error \(errorNumber)" }
        return String(cString: text).lowercased()
    }
}
