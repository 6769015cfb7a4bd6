import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// The keeper, the daemon's parent where there is no service manager (docs/ARCHITECTURE.md).
enum Keeper {
    /// The program, beside our own.
    static var program: String { DaemonLauncher.beside("noviKeeper") }

    /// All arguments of a keeper, its own name first.
    ///
    /// - Parameters:
    ///   - layout: Where the daemon will live.
    ///   - options: The keeper's own.
    ///   - daemonOptions: What every daemon gets besides its home.
    /// - Returns: The arguments.
    static func arguments(_ layout: HomeLayout, _ options: [String], daemonOptions: [String] = []) -> [String]
    {
        let home = layout == .system ? ["--system"] : ["--home", layout.home]
        return [program] + options
            + [layout.runDirectory, layout.committedProgram, DaemonLauncher.program] + home + daemonOptions
    }

    /// Makes the folder for its lock.
    static func prepare(_ layout: HomeLayout) throws(CommandFailure) {
        let mode = HomeLayout.passage(isRoot: CurrentProcess.userID == 0)
        do throws(SystemError) {
            for folder in [layout.home, layout.runDirectory] {
                try Directory.create(folder, mode: mode, withParents: true)
            }
        } catch {
            throw CommandFailure("cannot start the daemon: \(error)", .noDaemon)
        }
    }

    /// Becomes a keeper in the foreground; returns only by throwing.
    static func becomeOne(
        _ layout: HomeLayout,
        _ options: [String] = [],
        daemonOptions: [String] = []
    ) throws(CommandFailure) -> Never {
        try refuseSecond(layout)
        try prepare(layout)
        let all = arguments(layout, options, daemonOptions: daemonOptions)
        try Execution.replace(with: program, Array(all.dropFirst()))
    }

    /// Refuses a home that has a daemon, in better words than the locks have, which decide in the end.
    private static func refuseSecond(_ layout: HomeLayout) throws(CommandFailure) {
        let daemon = LockFile.holder(layout.lockFile).flatMap { pid in
            (try? ProcFilesystem())?.commandName(pid) == "noviSupervisord" ? pid : nil
        }
        let holder: String
        if let daemon {
            holder = "a daemon runs already (pid \(daemon)) for \(layout.home)"
        } else if let keeper = processID(layout) {
            holder = "a keeper runs already (pid \(keeper)) for \(layout.home), and starts its daemon"
        } else {
            return
        }
        throw CommandFailure(
            holder,
            .timedOut,
            hint: "noviSupervisor status shows it; noviSupervisor kill ends it"
        )
    }

    /// The keeper of a home that lives; `nil` when there is none.
    ///
    /// Trying the lock itself could keep the very keeper out that is about to take it.
    static func processID(_ layout: HomeLayout) -> Int32? {
        guard let pid = LockFile.holder(layout.keeperLock) else { return nil }
        // The file stays when a keeper is gone, and its number may be another's by now.
        return (try? ProcFilesystem())?.commandName(pid) == "noviKeeper" ? pid : nil
    }

    /// Asks a keeper to end, which takes its daemon along, and waits.
    ///
    /// - Returns: Whether it ended in time.
    static func end(_ layout: HomeLayout, milliseconds: Int32) -> Bool {
        guard let pid = processID(layout), let handle = try? ProcessHandle.pidfdOpen(pid) else { return true }
        // Looked at again: from here on the number cannot become another's.
        guard processID(layout) == pid else { return true }
        try? ProcessHandle.sendSignal(pidfd: handle.rawValue, SIGTERM)
        return awaitEnd(of: pid, milliseconds: milliseconds)
    }

    /// Waits until a keeper has ended.
    ///
    /// - Returns: Whether it did in time.
    @discardableResult
    static func awaitEnd(of pid: Int32, milliseconds: Int32) -> Bool {
        guard let handle = try? ProcessHandle.pidfdOpen(pid) else { return true }
        var wait = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, milliseconds) > 0
    }
}

/// Lock files with the pid of their holder.
enum LockFile {
    /// The process that wrote its pid into a lock file and lives; `nil` when there is none.
    static func holder(_ path: String) -> Int32? {
        guard let bytes = try? FileContents.read(path, limit: 32) else { return nil }
        let digits = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        return Int32(digits).flatMap { FileStatus.exists("/proc/\($0)") ? $0 : nil }
    }
}
