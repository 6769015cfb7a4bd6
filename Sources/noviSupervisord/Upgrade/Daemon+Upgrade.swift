import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// Upgrade in place: rehearse, hand over, become the new program; children stay children (M17).
extension Daemon {
    /// How the last upgrade of this process went.
    struct UpgradeOutcome {
        /// Counts the upgrades of this process.
        var attempt: Int
        /// The version that was there before.
        var from: String
        /// Why it failed; `nil` when it did not.
        var failure: String?
    }

    // MARK: - Asked for

    /// The call `Upgrade`: answered when the new program is ready to take over, just before it does.
    func upgrade(_ parameters: inout CallParameters, _ id: ConnectionID) throws(CallFailure) {
        let program = try parameters.string("program")
        try parameters.finish()
        guard program.hasPrefix("/") else { throw .invalidRequest("program \(program) is no absolute path") }
        do throws(UpgradeAttempt.Refusal) {
            try checkUpgradeIsPossible()
            let attempt = try UpgradeAttempt(
                program,
                arguments: nextArguments,
                handover: nextHandover().encoded(),
                caller: id,
                now: now()
            )
            do throws(SystemError) {
                for descriptor in [attempt.output.rawValue, attempt.pidfd] {
                    try poll.add(descriptor, .readable, token: Token(.rehearsal, 0).rawValue)
                }
            } catch {
                attempt.end()
                throw UpgradeAttempt.Refusal(reason: "\(error)")
            }
            upgradeAttempt = attempt
            tree.ownChild = attempt.processID
        } catch {
            refuseUpgrade(to: program, error.reason, id)
        }
    }

    private func checkUpgradeIsPossible() throws(UpgradeAttempt.Refusal) {
        if upgradeAttempt != nil {
            throw UpgradeAttempt.Refusal(reason: "another upgrade is under way")
        }
        if supervisor.isShuttingDown {
            throw UpgradeAttempt.Refusal(reason: "the daemon is shutting down")
        }
        if options.isContainer, options.keeper == nil {
            throw UpgradeAttempt.Refusal(
                reason: "container mode without a keeper writes nothing down that could be taken over"
            )
        }
        // What is read at the rehearsal is what the new program will find.
        journal.flush()
    }

    private func refuseUpgrade(to program: String, _ reason: String, _ caller: ConnectionID) {
        carryOut(supervisor.noteUpgrade(.upgradeFailed(program: program, reason: reason), at: now()))
        answer(caller, ["reason": .string(reason)], error: "\(SupervisorInterface.name).UpgradeRefused")
    }

    // MARK: - Rehearsed

    /// The new program said something, or ended.
    func readRehearsal() {
        guard let attempt = upgradeAttempt else { return }
        do throws(UpgradeAttempt.Refusal) {
            guard let version = try attempt.result() else {
                // Only its end is of interest now.
                if attempt.isAtEnd { poll.remove(attempt.output.rawValue) }
                return
            }
            guard attempt.isUnchanged else {
                throw UpgradeAttempt.Refusal(reason: "\(attempt.program) was replaced during its rehearsal")
            }
            endRehearsal(attempt)
            let number = (lastUpgrade?.attempt ?? 0) + 1
            answer(
                attempt.caller,
                [
                    "attempt": .integer(Int64(number)), "from": .string(DaemonVersion.text),
                    "to": .string(version),
                ]
            )
            become(attempt.program)
        } catch {
            endRehearsal(attempt)
            refuseUpgrade(to: attempt.program, error.reason, attempt.caller)
        }
    }

    private func endRehearsal(_ attempt: UpgradeAttempt) {
        poll.remove(attempt.output.rawValue)
        poll.remove(attempt.pidfd)
        attempt.end()
        tree.ownChild = nil
        upgradeAttempt = nil
    }

    /// Refuses a program whose rehearsal takes too long.
    func expireRehearsal() {
        guard let attempt = upgradeAttempt, attempt.deadline <= now() else { return }
        endRehearsal(attempt)
        let reason =
            "\(attempt.program) did not finish its rehearsal within \(UpgradeAttempt.patience.shortText)"
        refuseUpgrade(to: attempt.program, reason, attempt.caller)
    }

    // MARK: - Handed over

    /// The arguments that another image of this daemon gets.
    private var nextArguments: [String] {
        var arguments = options.lastingArguments
        if let keeper = options.keeper, let reports = keeperReports {
            arguments += [
                "--keeper-fd", "\(reports.descriptor.rawValue)", "--keeper-program", keeper.program,
            ]
            arguments += ["--installed-program", keeper.installedProgram, "--again"]
        }
        return arguments
    }

    /// What another image takes over from this one.
    func nextHandover(program: Descriptor? = nil) -> Handover {
        var kept: [(name: String, number: Int32)] = [
            (Handover.Name.lock, runFolder.lockNumber),
            (Handover.Name.control, listener.descriptor.rawValue),
        ]
        if let keeperReports { kept.append((Handover.Name.keeper, keeperReports.descriptor.rawValue)) }
        if let keeperStore { kept.append((Handover.Name.keeperStore, keeperStore.rawValue)) }
        if let program { kept.append((Handover.Name.program, program.rawValue)) }
        for live in runs.values {
            if !live.lostMain { kept.append((DescriptorName.pidfd(live.id), live.pidfd.rawValue)) }
            if let notify = live.notify {
                kept.append((DescriptorName.notify(live.id), notify.socket.rawValue))
            }
            guard let slot = slots[live.process] else { continue }
            if let output = slot.output {
                kept.append((DescriptorName.output(live.id), output.pipe.rawValue))
            }
            if let error = slot.error { kept.append((DescriptorName.error(live.id), error.pipe.rawValue)) }
        }
        var apps: Set<AppName> = []
        for slot in slots.values where apps.insert(slot.name.app).inserted {
            for (index, listener) in slot.listeners.enumerated() {
                kept.append((DescriptorName.listen(slot.name.app, index), listener.rawValue))
            }
        }
        return Handover(
            from: DaemonVersion.text,
            attempt: (lastUpgrade?.attempt ?? 0) + 1,
            program: CommandLine.arguments.first ?? "noviSupervisord",
            arguments: nextArguments,
            fileLimit: launcher.originalFileLimit,
            umask: launcher.originalUmask,
            apps: supervisor.appNames.count,
            descriptors: kept
        )
    }

    /// Becomes the new program, in this process.
    private func become(_ program: String) {
        log("upgrade: \(program) takes over")
        server.closeAll()
        settle()
        for assignment in service.variables.environment { CurrentProcess.setEnvironment(assignment) }
        do throws(SystemError) {
            let own = try Descriptor.openPath("/proc/self/exe")
            let handover = nextHandover(program: own)
            let memory = try MemoryFile.sealed("novi-handover", handover.encoded())
            for entry in handover.descriptors { try Descriptor.setCloseOnExec(entry.number, false) }
            try memory.setCloseOnExec(false)
            let arguments = nextArguments + ["--handover-fd", "\(memory.rawValue)"]
            // It survives the change of programs: one that hangs before it can watch itself is ended.
            WayBack.limit(seconds: Arrival.patience)
            let error = CurrentProcess.replace(with: program, [program] + arguments)
            // It rehearsed a moment ago: what is left is to go on as this image, by the same way.
            WayBack.arm(
                program: own.rawValue,
                arguments: handover.wayBack(memory.rawValue),
                seconds: 0
            )
            throw WayBack.take("\(error)")
        } catch {
            StandardDescriptors.complain("noviSupervisord: \(error)")
            // The same as a crash: whoever starts a daemon next finds everything as it is.
            exit(71)
        }
    }

    // MARK: - Arrived

    /// This image is good: tells how the upgrade went that brought it here.
    func finishArrival(_ arrival: Arrival) {
        arrival.commit()
        let handover = arrival.handover
        lastUpgrade = UpgradeOutcome(attempt: handover.attempt, from: handover.from, failure: arrival.failure)
        let event: LifecycleNotice.Kind =
            if let failure = arrival.failure {
                .upgradeFailed(program: nil, reason: failure)
            } else {
                .upgraded(from: handover.from, to: DaemonVersion.text)
            }
        carryOut(supervisor.noteUpgrade(event, at: now()))
    }

    /// How the last upgrade of this process went, as `Ping` tells it.
    var lastUpgradeJSON: JSONValue {
        guard let lastUpgrade else { return .null }
        return .object([
            "attempt": .integer(Int64(lastUpgrade.attempt)),
            "from": .string(lastUpgrade.from),
            "failure": lastUpgrade.failure.map { .string($0) } ?? .null,
        ])
    }
}
