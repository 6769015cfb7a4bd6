/// A signal by its Linux number (signal(7)).
public struct UnixSignal: Hashable, Sendable, CustomStringConvertible {
    /// The number, 1 to 64.
    public let rawValue: Int32

    private init(unchecked number: Int32) {
        rawValue = number
    }

    /// Makes a signal of a number; returns `nil` when Linux has no such signal.
    public init?(rawValue: Int32) {
        guard (1...64).contains(rawValue) else { return nil }
        self.init(unchecked: rawValue)
    }

    /// Reads `TERM`, `SIGTERM`, `sigterm` or `15`; returns `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        if let number = Int32(text) {
            self.init(rawValue: number)
            return
        }
        let upper = text.uppercased()
        let short = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        guard let index = Self.names.firstIndex(of: short), index > 0 else { return nil }
        self.init(unchecked: Int32(index))
    }

    /// Hang-up.
    public static let hangUp = UnixSignal(unchecked: 1)
    /// Interrupt from the keyboard; PM2's stop signal.
    public static let interrupt = UnixSignal(unchecked: 2)
    /// Quit.
    public static let quit = UnixSignal(unchecked: 3)
    /// Abort.
    public static let abort = UnixSignal(unchecked: 6)
    /// Kill: cannot be caught.
    public static let kill = UnixSignal(unchecked: 9)
    /// User-defined signal 1.
    public static let user1 = UnixSignal(unchecked: 10)
    /// Segmentation fault.
    public static let segmentationFault = UnixSignal(unchecked: 11)
    /// User-defined signal 2.
    public static let user2 = UnixSignal(unchecked: 12)
    /// Termination: the default stop signal.
    public static let terminate = UnixSignal(unchecked: 15)
    /// Continue if stopped.
    public static let `continue` = UnixSignal(unchecked: 18)

    /// The name with its prefix, such as `SIGTERM`; `SIGRTMIN+n` for the real-time signals.
    public var description: String {
        let index = Int(rawValue)
        guard index < Self.names.count else { return index == 34 ? "SIGRTMIN" : "SIGRTMIN+\(index - 34)" }
        return "SIG" + Self.names[index]
    }

    /// Names by number on Linux x86-64 and arm64 (signal(7)).
    private static let names = [
        "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE",
        "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
        "VTALRM",
        "PROF", "WINCH", "IO", "PWR", "SYS",
    ]
}
