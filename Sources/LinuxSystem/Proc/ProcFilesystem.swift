import CSupervisorShims
import Glibc

/// What the kernel tells of processes in /proc (proc(5)).
///
/// Every reader returns `nil` for a process that is gone or hidden. One value belongs to one thread: it reads into a
/// buffer of its own, again and again.
public final class ProcFilesystem {
    private let root: Descriptor
    private var buffer = [UInt8](repeating: 0, count: Limits.processFileBytes)

    /// Opens /proc.
    ///
    /// - Parameter path: Where it is mounted.
    /// - Throws: `SystemError`, as in a container without it.
    public init(path: String = "/proc") throws(SystemError) {
        root = Descriptor(
            try SystemCall.check("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        )
    }

    /// Reads a file below /proc into the buffer; at most the buffer's size, and `nil` when it is empty or unreadable.
    private func withFile<Result>(_ path: String, _ body: (UnsafeRawBufferPointer) -> Result?) -> Result? {
        let fd = SystemCall.repeating { novi_openat(root.rawValue, path, O_RDONLY | O_NONBLOCK, 0) }
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        return buffer.withUnsafeMutableBytes { bytes in
            var count = 0
            while count < bytes.count {
                let start = count
                let result = SystemCall.repeating {
                    read(fd, bytes.baseAddress?.advanced(by: start), bytes.count - start)
                }
                guard result >= 0 else { return nil }
                if result == 0 { break }
                count += result
            }
            guard count > 0 else { return nil }
            return body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    /// The figures of a process; of a zombie, too.
    public func stat(_ pid: Int32) -> ProcessStatistics? {
        withFile("\(pid)/stat") { ProcessStatistics(text: $0, processID: pid) }
    }

    /// How a process ended that nobody has reaped yet (proc_pid_stat(5), exit_code).
    ///
    /// - Parameters:
    ///   - pid: A zombie, of whatever parent.
    ///   - startTicks: When it was started; another process of that number is not looked at.
    /// - Returns: How it ended; `nil` when it did not, is gone, or may not be asked: the kernel says 0 then.
    public func statusOfZombie(_ pid: Int32, startTicks: UInt64) -> WaitStatus? {
        guard let figures = stat(pid), figures.state == .zombie, figures.startTicks == startTicks else {
            return nil
        }
        guard geteuid() == 0 || (try? FileStatus(path: "/proc/\(pid)"))?.userID == geteuid() else {
            return nil
        }
        let status: Int32? = withFile("\(pid)/stat") { text in
            guard let bracket = text.lastIndex(of: UInt8(ascii: ")")), bracket + 3 < text.count else {
                return nil
            }
            var fields = DecimalFields(UnsafeRawBufferPointer(rebasing: text[(bracket + 3)...]))
            // Fields 4 to 51, then the one.
            for _ in 4..<52 { guard fields.next() != nil else { return nil } }
            return fields.next().flatMap { Int32(exactly: $0) }
        }
        guard let status else { return nil }
        var exit = novi_exit()
        novi_split_wait_status(status, &exit)
        return WaitStatus(exit)
    }

    /// The children of a process, those of all its threads; empty when it has none or is gone.
    public func children(of pid: Int32) -> [Int32] {
        guard let figures = stat(pid) else { return [] }
        return children(of: figures)
    }

    /// The children of a process whose figures were just read: the number of its threads is known with them.
    func children(of figures: ProcessStatistics) -> [Int32] {
        let pid = figures.processID
        var children: [Int32] = []
        appendChildren(of: pid, thread: pid, to: &children)
        guard figures.threads > 1 else { return children }
        for thread in threadIDs(of: pid) where thread != pid {
            appendChildren(of: pid, thread: thread, to: &children)
        }
        return children
    }

    /// The children of a process that clones in its main thread only.
    ///
    /// Orphans come to the main thread of a subreaper, too, for as long as it lives.
    public func childrenOfMainThread(of pid: Int32) -> [Int32] {
        var children: [Int32] = []
        appendChildren(of: pid, thread: pid, to: &children)
        return children
    }

    private func appendChildren(of pid: Int32, thread: Int32, to children: inout [Int32]) {
        let found: [Int32]? = withFile("\(pid)/task/\(thread)/children") { text in
            var fields = DecimalFields(text)
            var numbers: [Int32] = []
            while let number = fields.next() {
                if let pid = Int32(exactly: number) { numbers.append(pid) }
            }
            return numbers
        }
        if let found { children += found }
    }

    private func threadIDs(of pid: Int32) -> [Int32] {
        let path = "\(pid)/task"
        return numericNames(novi_openat(root.rawValue, path, O_RDONLY | O_DIRECTORY, 0))
    }

    /// All processes that we can see.
    public func processIDs() -> [Int32] {
        numericNames(novi_openat(root.rawValue, ".", O_RDONLY | O_DIRECTORY, 0))
    }

    /// The descriptors that a process has open; `nil` when it is gone or hides them.
    public func descriptorNumbers(of pid: Int32) -> [Int32]? {
        let fd = novi_openat(root.rawValue, "\(pid)/fd", O_RDONLY | O_DIRECTORY, 0)
        return fd < 0 ? nil : numericNames(fd)
    }

    /// The names in a folder that are numbers; takes over the descriptor.
    private func numericNames(_ fd: Int32) -> [Int32] {
        guard fd >= 0 else { return [] }
        guard let stream = fdopendir(fd) else {
            close(fd)
            return []
        }
        defer { closedir(stream) }
        var numbers: [Int32] = []
        while numbers.count < Limits.folderEntries, let entry = readdir(stream) {
            let number: Int32? = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                var fields = DecimalFields(UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != 0 }))
                return fields.next().flatMap { Int32(exactly: $0) }
            }
            if let number { numbers.append(number) }
        }
        return numbers
    }

    /// A variable of the environment that a process was started with.
    ///
    /// - Parameters:
    ///   - pid: The process.
    ///   - name: The variable.
    /// - Returns: Its value; `nil` when it has none, is gone or belongs to somebody else.
    public func environmentValue(_ pid: Int32, _ name: String) -> String? {
        let fd = SystemCall.repeating { novi_openat(root.rawValue, "\(pid)/environ", O_RDONLY, 0) }
        guard fd >= 0 else { return nil }
        let file = Descriptor(fd)
        var bytes: [UInt8] = []
        while bytes.count < Limits.environmentBytes {
            guard let piece = try? file.read(upTo: 65_536), !piece.isEmpty else { break }
            bytes += piece
        }
        let prefix = Array("\(name)=".utf8)
        for entry in bytes.split(separator: 0) where entry.starts(with: prefix) {
            return String(decoding: entry.dropFirst(prefix.count), as: UTF8.self)
        }
        return nil
    }

    /// Memory with shared pages divided among their users, in bytes.
    ///
    /// It holds the process's memory lock for about 10 ms per GB: ask seldom.
    public func proportionalSetSize(_ pid: Int32) -> Int64? {
        withFile("\(pid)/smaps_rollup") { $0.kilobytes(after: "\nPss:") }
    }

    /// The name of a process, at most 15 bytes; any bytes but NUL may be in it.
    public func commandName(_ pid: Int32) -> String? {
        withFile("\(pid)/comm") { text in
            String(decoding: text.last == 10 ? text.dropLast() : text[...], as: UTF8.self)
        }
    }

    /// The arguments of a process; empty for a zombie.
    public func arguments(_ pid: Int32) -> [String] {
        let found: [String]? = withFile("\(pid)/cmdline") { text in
            text.split(separator: 0, omittingEmptySubsequences: false).dropLast()
                .map { String(decoding: $0, as: UTF8.self) }
        }
        return found ?? []
    }

    /// What names this boot of the machine, a UUID; `nil` when /proc hides it.
    public func bootID() -> String? {
        withFile("sys/kernel/random/boot_id") { text in
            String(decoding: text.prefix { $0 != 10 }, as: UTF8.self)
        }
    }

    /// The memory of the machine in bytes: all of it, and what programs could still take.
    public func hostMemory() -> (total: Int64, available: Int64)? {
        withFile("meminfo") { text in
            guard let total = text.kilobytes(after: "MemTotal:"),
                let available = text.kilobytes(after: "\nMemAvailable:")
            else { return nil }
            return (total, available)
        }
    }

    /// Processors that this process may use; at least 1.
    public static func processorCount() -> Int {
        Int(max(1, novi_available_processors()))
    }
}
