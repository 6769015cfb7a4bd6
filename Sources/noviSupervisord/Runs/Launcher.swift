import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// Turns a launch plan into a process: environment, descriptors, limits, then one clone.
struct Launcher {
    let layout: HomeLayout
    /// The limit on open files that the daemon had at its own start; children get it back.
    let originalFileLimit: (soft: UInt64, hard: UInt64)
    /// The umask that the daemon had at its own start; children get it back.
    let originalUmask: UInt32
    /// Whether the daemon's own OOM score was lowered, so that children need it reset.
    let resetsOOMScore: Bool

    /// Gives this process back what it had at its start, before it becomes another program.
    func restoreOwnLimits() {
        CurrentProcess.setUmask(originalUmask)
        let limit = SpawnPlan.ResourceLimit(
            .openFiles,
            soft: originalFileLimit.soft,
            hard: originalFileLimit.hard
        )
        try? ResourceLimits.set(limit)
    }

    /// A plan with what must stay open until it is carried out.
    struct Prepared {
        var plan: SpawnPlan
        fileprivate(set) var opened: [Descriptor]
    }

    /// Gathers what the execution of a run's program needs.
    ///
    /// - Throws: ``SpawnFailure`` with the step, the error number's name, and what to do.
    func prepare(
        _ run: RunID,
        _ plan: LaunchPlan,
        _ slot: ProcessSlot,
        notify: NotifySocket?,
        in group: ControlGroup?
    ) throws(SpawnFailure) -> Prepared {
        let app = plan.app
        var descriptors: [Int32] = [-1, -1, -1]
        var opened: [Descriptor] = []
        do throws(SystemError) {
            if let output = slot.output {
                let end = try output.pipe.openWriteEnd()
                opened.append(end)
                descriptors[1] = end.rawValue
                if slot.sharesPipe {
                    descriptors[2] = end.rawValue
                }
            }
            if let error = slot.error {
                let end = try error.pipe.openWriteEnd()
                opened.append(end)
                descriptors[2] = end.rawValue
            }
        } catch {
            throw SpawnFailure(stage: "pipe", errorName: error.name, message: "\(error)")
        }
        let folder = try? group?.open()
        descriptors += slot.listeners.map(\.rawValue)
        var spawn = SpawnPlan(
            executable: app.command.executable,
            arguments: [app.command.executable] + app.command.arguments
        )
        spawn.environment = environment(run, plan, slot, notifyPath: notify?.path)
        spawn.listenPIDPatch = !slot.listeners.isEmpty
        spawn.workingDirectory = app.workingDirectory
        spawn.descriptors = descriptors
        if let user = app.user {
            spawn.identity = SpawnPlan.Identity(
                userID: user.userID,
                groupID: user.groupID,
                groups: user.supplementaryGroupIDs
            )
        }
        spawn.umask = app.limits.umask ?? originalUmask
        spawn.nice = app.limits.nice
        spawn.oomScoreAdjustment = app.limits.oomScoreAdjustment ?? (resetsOOMScore ? 0 : nil)
        spawn.resourceLimits = resourceLimits(app)
        spawn.cgroup = folder?.rawValue
        return Prepared(plan: spawn, opened: opened + [folder].compactMap { $0 })
    }

    /// Executes a program that was prepared; callable from any thread.
    static func execute(_ prepared: Prepared) throws(SpawnError) -> SpawnedProcess {
        try withExtendedLifetime(prepared.opened) { () throws(SpawnError) in
            do throws(SpawnError) {
                return try ChildProcess.spawn(prepared.plan)
            } catch  where prepared.plan.cgroup != nil && (error.stage == .clone || error.stage == .cgroup) {
                // Better without than not at all; `describe` shows that it has none.
                var plan = prepared.plan
                plan.cgroup = nil
                return try ChildProcess.spawn(plan)
            }
        }
    }

    /// What a failed execution is for the core and for people.
    func failure(_ error: SpawnError, _ app: AppDefinition) -> SpawnFailure {
        SpawnFailure(stage: error.stage.name, errorName: error.name, message: explain(error, app))
    }

    private func explain(_ error: SpawnError, _ app: AppDefinition) -> String {
        let reason = SystemError.text(of: error.errorNumber)
        return switch error.stage {
        case .chdir: "cannot enter working directory \(app.workingDirectory): \(reason)"
        case .exec: "cannot execute \(app.command.executable): \(reason)"
        case .setuid, .setgid, .setgroups:
            app.user.map { Self.cannotBecome($0, reason) } ?? reason
        case .rlimit: "cannot set limits for \(app.name): \(reason); a hard limit can only be lowered"
        case .arguments, .clone, .cgroup, .setsid, .oomScore, .nice, .descriptors, .noNewPrivileges,
            .parentDeathSignal:
            "cannot start \(app.command.executable): \(error.stage.name): \(reason)"
        }
    }

    /// Why an app cannot run as its user, and what to do.
    static func cannotBecome(_ user: AppUser, _ reason: String) -> String {
        "cannot become user \(user.name): \(reason)"
            + (CurrentProcess.userID == 0 ? "" : "; only root can run apps as other users")
    }

    private func resourceLimits(_ app: AppDefinition) -> [SpawnPlan.ResourceLimit] {
        var limits: [SpawnPlan.ResourceLimit] = []
        if !app.limits.resources.contains(where: { $0.resource == .openFiles }) {
            limits.append(
                .init(.openFiles, soft: originalFileLimit.soft, hard: originalFileLimit.hard)
            )
        }
        for limit in app.limits.resources {
            limits.append(
                .init(limit.resource.kernelResource, soft: limit.soft ?? .max, hard: limit.hard ?? .max)
            )
        }
        return limits
    }

    /// The environment of a run: the app's own, then what the daemon adds for this run.
    private func environment(
        _ run: RunID,
        _ plan: LaunchPlan,
        _ slot: ProcessSlot,
        notifyPath: String?
    ) -> [String] {
        let app = plan.app
        var added: [String: String] = [
            "NOVI_HOME": layout.home,
            "NOVI_APP": plan.name.app.rawValue,
            "NOVI_INSTANCE": "\(plan.name.instance)",
            "NOVI_PROCESS": "\(plan.name)",
            "NOVI_RUN": "\(run)",
            "NOVI_RUN_DIRECTORY": layout.runDirectory,
            "NOVI_RUNTIME_DIRECTORY": slot.runtimeDirectory,
            "NOVI_DATA_DIRECTORY": slot.dataDirectory,
            "NOVI_SUPERVISOR_UID": "\(CurrentProcess.userID)",
            app.instanceVariable: "\(plan.name.instance)",
        ]
        if let notifyPath {
            added["NOTIFY_SOCKET"] = notifyPath
        }
        if let watchdog = app.watchdog, notifyPath != nil {
            added["WATCHDOG_USEC"] = "\(watchdog.wholeNanoseconds / 1000)"
        }
        if let variable = app.incrementVariable, let first = app.environment[variable].flatMap({ Int64($0) })
        {
            added[variable] = "\(first &+ Int64(plan.name.instance))"
        }
        if !slot.listeners.isEmpty {
            // The child itself writes its pid over these digits, between clone and exec (M25).
            added["LISTEN_PID"] = "000000000000"
            added["LISTEN_FDS"] = "\(slot.listeners.count)"
            added["LISTEN_FDNAMES"] = slot.listeners.map { _ in plan.name.app.rawValue }.joined(
                separator: ":"
            )
        }
        var lines: [String] = []
        lines.reserveCapacity(app.environment.count + added.count)
        for (name, value) in app.environment where added[name] == nil {
            lines.append("\(name)=\(value)")
        }
        for (name, value) in added {
            lines.append("\(name)=\(value)")
        }
        return lines
    }
}

extension ResourceLimit.Resource {
    /// The kernel's name for it.
    var kernelResource: Resource {
        switch self {
        case .addressSpace: .addressSpace
        case .core: .core
        case .cpu: .cpu
        case .data: .data
        case .fileSize: .fileSize
        case .lockedMemory: .lockedMemory
        case .openFiles: .openFiles
        case .processes: .processes
        case .stack: .stack
        }
    }
}
