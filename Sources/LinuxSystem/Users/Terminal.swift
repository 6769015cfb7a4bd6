import CSupervisorShims
import Glibc

/// A terminal behind a descriptor.
public enum Terminal {
    /// Whether the descriptor is a terminal (isatty(3)).
    public static func isTerminal(_ fd: Int32) -> Bool {
        isatty(fd) == 1
    }

    /// Its size in characters; `nil` when it is no terminal or does not know.
    public static func size(_ fd: Int32) -> (columns: Int, rows: Int)? {
        var columns: Int32 = 0
        var rows: Int32 = 0
        guard novi_terminal_size(fd, &columns, &rows) == 0, columns > 0 else { return nil }
        return (Int(columns), Int(rows))
    }

    /// Its width in characters; `nil` when it is no terminal or does not know.
    public static func width(_ fd: Int32) -> Int? {
        size(fd)?.columns
    }

    /// The terminal that a process reads from, such as `/dev/pts/3`; `nil` when it reads from something else.
    public static func name(ofProcess pid: Int32) -> String? {
        guard let target = SymbolicLink.target(of: "/proc/\(pid)/fd/0") else { return nil }
        return target.hasPrefix("/dev/pts/") || target.hasPrefix("/dev/tty") ? target : nil
    }
}
