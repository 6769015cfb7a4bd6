import Glibc
import LinuxSystem

/// What a child got, one `name value` per line.
enum StateDump {
    static func write() {
        var lines: [String] = []
        lines.append("pid \(getpid())")
        lines.append("ppid \(getppid())")
        lines.append("session \(getsid(0))")
        lines.append("group \(getpgid(0))")
        lines += status()
        lines += descriptors()
        for resource in Resource.allCases {
            if let limit = try? ResourceLimits.current(resource) {
                lines.append("\(resource) \(text(limit.soft)) \(text(limit.hard))")
            }
        }
        let mask = umask(0)
        umask(mask)
        lines.append("umask \(octal(mask))")
        lines.append("nice \(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))")
        lines.append("oom_score_adj \(file("/proc/self/oom_score_adj"))")
        lines.append("cwd \(SymbolicLink.target(of: "/proc/self/cwd") ?? "?")")
        lines.append("uid \(getuid()) \(geteuid())")
        lines.append("gid \(getgid()) \(getegid())")
        lines += CurrentProcess.environment().map { "env \($0)" }
        Output.write(lines.joined(separator: "\n") + "\n")
    }

    /// Signals, groups and the privilege lock, as the kernel has them.
    private static func status() -> [String] {
        let wanted = ["SigBlk", "SigIgn", "SigCgt", "Groups", "NoNewPrivs"]
        return file("/proc/self/status").split(separator: "\n").compactMap { line in
            guard let colon = line.firstIndex(of: ":"), wanted.contains(String(line[..<colon])) else {
                return nil
            }
            return "\(line[..<colon]) \(trimmed(line[line.index(after: colon)...]))"
        }
    }

    private static func descriptors() -> [String] {
        let numbers = ((try? Directory.names(in: "/proc/self/fd")) ?? []).compactMap { Int32($0) }.sorted()
        return numbers.compactMap { number in
            // The listing's own descriptor is closed by now.
            let flags = fcntl(number, F_GETFL)
            guard flags >= 0 else { return nil }
            let target = SymbolicLink.target(of: "/proc/self/fd/\(number)") ?? "?"
            return "fd \(number) \(flags & O_NONBLOCK == 0 ? "blocking" : "nonblocking") \(target)"
        }
    }

    private static func file(_ path: String) -> String {
        guard let bytes = try? FileContents.read(path, limit: 65_536) else { return "?" }
        return trimmed(String(decoding: bytes, as: UTF8.self)[...])
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" }
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(text)
    }

    private static func text(_ limit: UInt64) -> String {
        limit == ResourceLimits.infinity ? "unlimited" : "\(limit)"
    }

    private static func octal(_ mode: UInt32) -> String {
        String(mode, radix: 8)
    }
}
