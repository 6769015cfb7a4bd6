import CSupervisorShims
import Glibc

/// This process's own standing.
public enum CurrentProcess {
    /// Our process id.
    public static var processID: Int32 { getpid() }
    /// Our effective user.
    public static var userID: UInt32 { geteuid() }
    /// Our effective group.
    public static var groupID: UInt32 { getegid() }

    /// Becomes the parent of descendants whose own parent dies (prctl(2), PR_SET_CHILD_SUBREAPER).
    ///
    /// - Throws: `SystemError`.
    public static func setChildSubreaper() throws(SystemError) {
        try SystemCall.check("become the parent of orphans") { novi_set_child_subreaper() }
    }

    /// All our children, zombies and adopted orphans included; empty when /proc cannot be read.
    ///
    /// Orphans go to the main thread first, but spawned children to the thread that spawned them: all are read.
    public static func childrenOfSelf() -> [Int32] {
        guard let proc = try? ProcFilesystem() else { return [] }
        return proc.children(of: getpid())
    }

    /// Whether we may leave a core dump and show our /proc files to our own user (PR_GET_DUMPABLE).
    public static var isDumpable: Bool { novi_is_dumpable() == 1 }

    /// Makes malloc hold on to little: one arena, large blocks returned when freed (mallopt(3)).
    ///
    /// To be called before there are other threads.
    public static func keepHeapSmall() {
        novi_keep_heap_small()
    }

    /// Gives memory that is free back to the kernel; takes milliseconds (malloc_trim(3)).
    public static func trimMemory() {
        novi_trim_memory()
    }

    /// Unmaps the pages of our program and its libraries, which counted as ours since they were first used.
    ///
    /// Each is mapped again with its next use, from the page cache: a microsecond for 64 KiB.
    public static func unmapProgram() {
        novi_unmap_program()
    }

    /// Names the calling thread, and in the main thread the process; cut after 15 bytes.
    public static func setName(_ name: String) {
        _ = novi_set_process_name(name)
    }

    /// Sets the file mode mask and returns the former one (umask(2)).
    @discardableResult
    public static func setUmask(_ mask: UInt32) -> UInt32 {
        umask(mask & 0o777)
    }

    /// Changes our chance to be killed when memory runs out.
    ///
    /// - Parameter score: -1000 (never) to 1000; lowering it takes privilege.
    /// - Throws: `SystemError`.
    public static func setOOMScoreAdjustment(_ score: Int32) throws(SystemError) {
        let path = "/proc/self/oom_score_adj"
        let file = Descriptor(
            try SystemCall.check("change OOM score", path) { open(path, O_WRONLY | O_CLOEXEC) }
        )
        do throws(SystemError) {
            try file.writeAll(Array("\(score)".utf8))
        } catch {
            throw SystemError("change OOM score", error.errorNumber, path)
        }
    }

    /// Ignores signals; SIGPIPE and SIGXFSZ must be, so that writing fails with an error instead.
    ///
    /// - Parameter signals: Their numbers.
    /// - Throws: `SystemError` for a number that cannot be ignored.
    public static func ignoreSignals(_ signals: [Int32]) throws(SystemError) {
        for signal in signals {
            try SystemCall.check("ignore signal", "\(signal)") { novi_ignore_signal(signal) }
        }
    }

    /// Blocks signals in the calling thread; for threads that must not be interrupted.
    public static func blockSignals(_ signals: [Int32]) {
        _ = novi_block_signals(signals, Int32(clamping: signals.count))
    }

    /// A variable of our environment; `nil` when it is not set.
    public static func environmentValue(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Sets a variable of our environment; before other threads start, or when they have ended.
    ///
    /// - Parameter assignment: `NAME=value`; anything else is ignored.
    public static func setEnvironment(_ assignment: String) {
        let words = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2 else { return }
        setenv(String(words[0]), String(words[1]), 1)
    }

    /// Removes a variable from our environment; before other threads start.
    public static func removeEnvironmentValue(_ name: String) {
        unsetenv(name)
    }

    /// Our whole environment, each `NAME=value`.
    public static func environment() -> [String] {
        var variables: [String] = []
        var entry = environ
        while let text = entry.pointee {
            variables.append(String(cString: text))
            entry += 1
        }
        return variables
    }

    /// The path of our own program; `nil` when /proc cannot be read.
    public static func executablePath() -> String? {
        SymbolicLink.target(of: "/proc/self/exe")
    }

    /// Becomes another program, with our environment and the descriptors that do not close on exec (execve(2)).
    ///
    /// - Parameters:
    ///   - path: The program; PATH is not searched.
    ///   - arguments: All arguments, the program's own name first.
    /// - Returns: Why it failed; it does not return otherwise.
    public static func replace(with path: String, _ arguments: [String]) -> SystemError {
        var pointers = arguments.map { strdup($0) }
        pointers.append(nil)
        execv(path, pointers)
        let number = errno
        for pointer in pointers { free(pointer) }
        return SystemError("execute", number, path)
    }

    /// Lets the calling thread have only what nobody else wants, of processors and disks (nice 19, idle I/O class).
    public static func lowerThreadPriority() {
        novi_lower_thread_priority()
    }
}

/// Signals that a program takes by a descriptor and then suffers all the same.
extension CurrentProcess {
    /// Lets a blocked signal do to this process what it does by default: end it, or stop it until it is continued.
    ///
    /// Returns after a stop, or where the kernel does nothing, as with SIGTSTP in a group that no shell looks after.
    ///
    /// - Parameter number: The signal; it is blocked again afterwards.
    public static func suffer(_ number: Int32) {
        var only = sigset_t()
        sigemptyset(&only)
        sigaddset(&only, number)
        signal(number, SIG_DFL)
        kill(getpid(), number)
        pthread_sigmask(SIG_UNBLOCK, &only, nil)
        pthread_sigmask(SIG_BLOCK, &only, nil)
    }
}
