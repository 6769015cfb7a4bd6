import CSupervisorShims
import Glibc

/// A program that was started.
public struct SpawnedProcess {
    /// Its process id.
    public let processID: Int32
    /// Its pidfd, made with it; readable when the process has ended.
    public let pidfd: Descriptor

    /// Its process id.
    public var pid: Int32 { processID }
}

/// Starts programs.
public enum ChildProcess {
    /// Starts a program and returns when it runs or has failed to.
    ///
    /// The child has default signal dispositions, an empty signal mask and only the planned descriptors. It is made by
    /// clone3 with CLONE_VFORK: the cost does not depend on our memory, and the failing step is known. A parent death
    /// signal follows the calling thread.
    ///
    /// It returns as soon as the kernel has let the old memory go: for some microseconds more /proc may show our name, no
    /// arguments and no memory for it. Pid and start time are right at once.
    ///
    /// - Parameter plan: The program and its surroundings.
    /// - Returns: The process and its pidfd.
    /// - Throws: `SpawnError` with the step, the reason and what it was about; no process is left then.
    public static func spawn(_ plan: SpawnPlan) throws(SpawnError) -> SpawnedProcess {
        var result = novi_spawn_result()
        let failure = withStrings(of: plan) { strings in
            withParts(of: plan, strings) { parts in
                _ = novi_spawn(&parts, &result)
            }
        }
        if let failure { throw failure }
        guard result.stage == Int32(NOVI_STAGE_NONE.rawValue), result.pid > 0 else {
            let stage = SpawnError.Stage(rawValue: result.stage) ?? .clone
            throw SpawnError(stage: stage, errorNumber: result.error, detail: result.detail, plan: plan)
        }
        return SpawnedProcess(processID: result.pid, pidfd: Descriptor(result.pidfd))
    }

    /// The C strings of one plan: one block of bytes, one of pointers.
    private struct Strings {
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
        var environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
        var executable: UnsafeMutablePointer<CChar>
        var workingDirectory: UnsafeMutablePointer<CChar>?
        var listenPID: UnsafeMutablePointer<CChar>?
    }

    private static let listenPIDPrefix = "LISTEN_PID="
    /// Room for any pid behind the prefix, with its NUL.
    private static let listenPIDDigits = 16

    /// Lays all strings into one block; returns an error for a NUL byte inside one.
    private static func withStrings(of plan: SpawnPlan, _ body: (Strings) -> Void) -> SpawnError? {
        let all = [plan.executable, plan.workingDirectory ?? ""] + plan.arguments + plan.environment
        var size = 0
        for text in all {
            var text = text
            let hasNull = text.withUTF8 { $0.contains(0) }
            guard !hasNull else {
                let subject = String(text.prefix { $0 != "\0" }.prefix(64))
                return SpawnError(stage: .arguments, errorNumber: EINVAL, subject: subject)
            }
            size += text.utf8.count + 1 + listenPIDDigits
        }
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: all.count + 2)
        defer {
            bytes.deallocate()
            pointers.deallocate()
        }
        var used = 0
        func lay(_ text: String, extra: Int = 0) -> UnsafeMutablePointer<CChar> {
            let start = bytes + used
            var text = text
            text.withUTF8 { source in
                for (index, byte) in source.enumerated() {
                    start[index] = CChar(bitPattern: byte)
                }
                for index in source.count...(source.count + extra) {
                    start[index] = 0
                }
                used += source.count + 1 + extra
            }
            return start
        }
        let executable = lay(plan.executable)
        let directory = plan.workingDirectory.map { lay($0) }
        let environment = pointers + plan.arguments.count + 1
        var listenPID: UnsafeMutablePointer<CChar>?
        for (index, argument) in plan.arguments.enumerated() {
            pointers[index] = lay(argument)
        }
        pointers[plan.arguments.count] = nil
        for (index, variable) in plan.environment.enumerated() {
            let isPatched = plan.listenPIDPatch && variable.hasPrefix(listenPIDPrefix)
            let start = lay(variable, extra: isPatched ? listenPIDDigits : 0)
            environment[index] = start
            if isPatched { listenPID = start + listenPIDPrefix.utf8.count }
        }
        environment[plan.environment.count] = nil
        body(
            Strings(
                arguments: pointers,
                environment: environment,
                executable: executable,
                workingDirectory: directory,
                listenPID: listenPID
            )
        )
        return nil
    }

    private static func withParts(
        of plan: SpawnPlan,
        _ strings: Strings,
        _ body: (inout novi_spawn_plan) -> Void
    ) {
        let limits = plan.resourceLimits.map {
            novi_resource_limit(resource: $0.resource.rawValue, soft: $0.soft, hard: $0.hard)
        }
        let groups = plan.identity?.groups ?? []
        plan.descriptors.withUnsafeBufferPointer { descriptors in
            limits.withUnsafeBufferPointer { limits in
                groups.withUnsafeBufferPointer { groups in
                    var parts = novi_spawn_plan()
                    parts.path = UnsafePointer(strings.executable)
                    parts.argv = UnsafePointer(strings.arguments)
                    parts.envp = UnsafePointer(strings.environment)
                    parts.working_directory = strings.workingDirectory.map { UnsafePointer($0) }
                    parts.listen_pid = strings.listenPID
                    parts.descriptors = descriptors.baseAddress
                    parts.descriptor_count = Int32(clamping: descriptors.count)
                    parts.limits = limits.baseAddress
                    parts.limit_count = limits.count
                    parts.groups = groups.baseAddress
                    parts.group_count = groups.count
                    fill(&parts, from: plan)
                    body(&parts)
                }
            }
        }
    }

    /// Copies what needs no memory of its own.
    private static func fill(_ parts: inout novi_spawn_plan, from plan: SpawnPlan) {
        parts.new_session = plan.newSession ? 1 : 0
        if let identity = plan.identity {
            parts.sets_identity = 1
            parts.user = identity.userID
            parts.group = identity.groupID
        }
        if let umask = plan.umask {
            parts.sets_umask = 1
            parts.umask = umask
        }
        if let nice = plan.nice {
            parts.sets_nice = 1
            parts.nice = nice
        }
        if let score = plan.oomScoreAdjustment {
            parts.sets_oom_score = 1
            parts.oom_score = score
        }
        parts.no_new_privileges = plan.noNewPrivileges ? 1 : 0
        parts.parent_death_signal = plan.parentDeathSignal ?? 0
        parts.cgroup = plan.cgroup ?? -1
    }
}
