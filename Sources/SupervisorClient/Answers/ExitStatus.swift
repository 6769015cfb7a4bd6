/// The exit statuses that scripts may rely on; the one table is in docs/CLI.md.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Done.
    case done = 0
    /// Failed for some target.
    case failed = 1
    /// Not in the wanted state (`status --check`).
    case notInWantedState = 3
    /// No such app.
    case noSuchApp = 4
    /// The command line makes no sense.
    case usage = 64
    /// No daemon answers.
    case noDaemon = 69
    /// The deadline passed; of `daemon` and `run`: another daemon has the home.
    case timedOut = 75
    /// Not permitted.
    case notPermitted = 77
    /// The configuration has mistakes.
    case configuration = 78
    /// Interrupted by Ctrl-C.
    case interrupted = 130
}

/// Why a command failed: what was attempted, on what, why; then what to do.
public struct CommandFailure: Error {
    /// The message, in lower case; further lines are hints.
    public var message: String
    /// The exit status.
    public var status: ExitStatus
    /// The error of the interface that it is, without the interface's name; `nil` for a failure of another kind.
    public var error: String?

    /// Makes a failure.
    public init(_ message: String, _ status: ExitStatus = .failed, hint: String? = nil, error: String? = nil)
    {
        self.message = hint.map { "\(message)\n  hint: \($0)" } ?? message
        self.status = status
        self.error = error
    }
}
