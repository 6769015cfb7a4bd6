import Glibc
import LinuxSystem
import Shared

/// What the daemon does once at its start, before it serves anybody.
enum DaemonSetup {
    /// What the daemon may do on this machine, and what it had when it began.
    struct Privilege {
        /// The umask that children get back.
        var originalUmask: UInt32
        /// The limit on open files that children get back.
        var originalFileLimit: (soft: UInt64, hard: UInt64)
        /// Whether the daemon is the kernel's last choice now, so that children must be reset.
        var hasLoweredOOMScore: Bool
        /// Whether the kernel's limits on pipe memory do not apply.
        var mayExceedPipeLimits: Bool
    }

    /// Makes the folders, or brings those that are there to their modes.
    static func makeFolders(_ layout: HomeLayout) throws(SystemError) {
        let passage = HomeLayout.passage(isRoot: CurrentProcess.userID == 0)
        for folder in [layout.home, layout.runDirectory, layout.stateDirectory] {
            try Directory.create(folder, mode: passage, withParents: true)
        }
        try Directory.create(layout.logDirectory, mode: 0o750, withParents: true)
        for folder in [
            layout.notifyDirectory, layout.applicationRunDirectory, layout.applicationStateDirectory,
        ] {
            try Directory.create(folder, mode: 0o711)
        }
    }

    /// Writes our pid down for people and for commands that wait for a daemon to come back.
    static func writePidFile(_ layout: HomeLayout) throws(SystemError) {
        try AtomicFile.replace(
            layout.pidFile,
            Array("\(CurrentProcess.processID)\n".utf8),
            mode: 0o644,
            durable: false
        )
    }

    /// How long a process may take to end after its main thread has, in milliseconds: it may hang at a disk.
    private static let patienceForTheDying: Int32 = 5000

    /// Makes the folders and takes the single-instance lock.
    ///
    /// - Parameters:
    ///   - layout: Where everything lives.
    ///   - kept: The lock as the image before this one had it.
    /// - Returns: The lock.
    /// - Throws: `StartFailure`; status 75 when another daemon has the lock.
    static func claim(_ layout: HomeLayout, kept: Descriptor?) throws(StartFailure) -> FileLock {
        do throws(SystemError) {
            try makeFolders(layout)
            var outcome = try FileLock.tryLock(layout.lockFile, kept: kept)
            // Whoever was killed a moment ago holds it until its last thread has ended.
            if case .held(let pid?) = outcome,
                ProcessHandle.awaitEnd(ofEnding: pid, milliseconds: patienceForTheDying)
            {
                outcome = try FileLock.tryLock(layout.lockFile, kept: kept)
            }
            switch outcome {
            case .acquired(let lock):
                try writePidFile(layout)
                return lock
            case .held(let pid):
                let holder = pid.map { " (pid \($0))" } ?? ""
                throw SystemError(
                    "start a daemon for",
                    EBUSY,
                    layout.home,
                    explanation: "another one\(holder) has the lock"
                )
            }
        } catch {
            throw StartFailure(message: "\(error)", exitStatus: error.errorNumber == EBUSY ? 75 : 1)
        }
    }

    /// Raises the limit on open files, makes the daemon the OOM killer's last choice, ignores SIGPIPE.
    ///
    /// - Parameters:
    ///   - umask: The one that children get back.
    ///   - handover: What the image before this one had at its start; it counts for children.
    /// - Returns: What the daemon may do.
    static func raiseOwnLimits(umask: UInt32, _ handover: Handover?) -> Privilege {
        // SIGXFSZ as well: a file size limit must be an error of one write, not the end.
        try? CurrentProcess.ignoreSignals([SIGPIPE, SIGXFSZ])
        var original: (soft: UInt64, hard: UInt64) = (1024, 1024)
        if let limit = try? ResourceLimits.current(.openFiles) {
            original = (limit.soft, limit.hard)
            try? ResourceLimits.set(SpawnPlan.ResourceLimit(.openFiles, soft: limit.hard, hard: limit.hard))
        }
        if let handover { original = handover.fileLimit }
        let lowered = (try? CurrentProcess.setOOMScoreAdjustment(-900)) != nil
        return Privilege(
            originalUmask: handover?.umask ?? umask,
            originalFileLimit: original,
            hasLoweredOOMScore: lowered,
            mayExceedPipeLimits: CurrentProcess.userID == 0
        )
    }
}
