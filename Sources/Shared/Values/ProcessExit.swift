/// How a run ended.
///
/// Exit code and signal are never folded into one number.
public enum ProcessExit: Hashable, Sendable, CustomStringConvertible {
    /// The process returned `code` from `main` or called `exit`.
    case exited(code: Int32)
    /// A signal ended the process.
    case signaled(UnixSignal, coreDumped: Bool)
    /// The status could not be learnt: another process was the parent.
    case unknown

    /// Whether the process returned 0.
    public var isSuccess: Bool { self == .exited(code: 0) }

    /// `exit code 3`, `SIGSEGV (core dumped)` or `unknown exit status`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let signal, let coreDumped): coreDumped ? "\(signal) (core dumped)" : "\(signal)"
        case .unknown: "unknown exit status"
        }
    }
}
