public import Shared

/// Why a process is stopped.
public enum StopReason: Hashable, Sendable {
    /// It was never started: registered with `autostart: false` or not reached yet.
    case neverStarted
    /// Somebody asked for it.
    case requested(Requester)
    /// The run ended and the policy does not restart.
    case ended(ProcessExit)
    /// The run ended with one of `stop_exit_codes`.
    case stopExitCode(Int32)
    /// The daemon is shutting down.
    case shutdown
}

/// Who asked for something: the peer of the control socket, a signal or the daemon itself.
public struct Requester: Hashable, Sendable, CustomStringConvertible {
    /// The user's name, or number where there is no name.
    public var user: String
    /// The pid of the client; `nil` for the daemon's own doing.
    public var pid: Int32?
    /// The client's terminal, such as `/dev/pts/3`; `nil` without one.
    public var terminal: String?

    /// Makes a requester of its parts.
    public init(user: String, pid: Int32? = nil, terminal: String? = nil) {
        self.user = user
        self.pid = pid
        self.terminal = terminal
    }

    /// The daemon itself.
    public static let daemon = Requester(user: "noviSupervisord")

    /// `amara on /dev/pts/3 (pid 812)`.
    public var description: String {
        var text = user
        if let terminal { text += " on \(terminal)" }
        if let pid { text += " (pid \(pid))" }
        return text
    }
}
