import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// The daemon and its parent, the keeper.
extension Daemon {
    /// Tells how the daemon before this one ended, where the keeper knows.
    func tellPredecessor() {
        guard options.isAgain, let last = keeperReports?.earlier.first(where: \.wasDaemon) else { return }
        log("the daemon before this one (pid \(last.pid)) \(last.status.words)", isWarning: true)
    }

    /// The keeper reaped something, or is gone.
    func takeKeeperReports() {
        guard let keeperReports else { return }
        let taken = keeperReports.take()
        for report in taken.reports {
            guard let live = runs.values.first(where: { $0.pid == report.pid && $0.isAdopted }) else {
                continue
            }
            childEnded(live.id)
        }
        guard !taken.isOpen else { return }
        poll.remove(keeperReports.descriptor.rawValue)
        self.keeperReports = nil
        becomeKeeper()
    }

    /// Becomes a keeper, whose first act is to start a daemon that takes over: our children stay children of this pid.
    private func becomeKeeper() {
        guard let keeper = options.keeper, !supervisor.isShuttingDown else { return }
        guard access(keeper.program, X_OK) == 0 else {
            let reason = SystemError.text(of: errno)
            log("the keeper died and \(keeper.program) cannot take its place: \(reason)", isWarning: true)
            return
        }
        log(
            "the keeper died; pid \(CurrentProcess.processID) becomes one, another daemon takes over",
            isWarning: true
        )
        settle()
        launcher.restoreOwnLimits()
        let table = leaveDescriptors()
        let arguments =
            [
                keeper.program, "--again", layout.runDirectory, layout.committedProgram,
                keeper.installedProgram,
            ]
            + options.lastingArguments
        let error = withExtendedLifetime(table) { CurrentProcess.replace(with: keeper.program, arguments) }
        StandardDescriptors.complain("noviSupervisord: \(error)")
        // The same as a crash: whoever starts a daemon next finds everything as it is.
        exit(71)
    }

    /// Leaves to the keeper that this process becomes what the former one held; where that fails the next daemon finds what it
    /// can by itself.
    ///
    /// - Returns: The table of them, to be held open.
    private func leaveDescriptors() -> Descriptor? {
        let kept = nextHandover().descriptors.filter { entry in
            !Handover.Name.ofDaemon.contains(entry.name) && !DescriptorName.isPidfd(entry.name)
        }
        guard let table = try? MemoryFile.sealed("novi-kept", InheritedDescriptors.table(kept)),
            (try? table.setCloseOnExec(false)) != nil
        else { return nil }
        for entry in kept { try? Descriptor.setCloseOnExec(entry.number, false) }
        CurrentProcess.setEnvironment("\(KeeperVariable.kept)=\(table.rawValue)")
        return table
    }
}

extension WaitStatus {
    /// What happened, in words: `was killed by SIGKILL`.
    var words: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signaled(let number, _):
            "was killed by \(UnixSignal(rawValue: number)?.description ?? "signal \(number)")"
        }
    }
}
