import CSupervisorShims

/// A program that could not be started: at which step and why.
///
/// It reads `exec /usr/bin/foo: ENOENT no such file or directory`.
public struct SpawnError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The step between clone and exec that failed.
    public enum Stage: Int32, Sendable, CaseIterable {
        /// An argument or variable holds a NUL byte.
        case arguments = 1
        /// No process could be made.
        case clone
        /// The child could not be put into its cgroup.
        case cgroup
        /// No session could be made.
        case setsid
        /// The OOM score was refused.
        case oomScore
        /// The priority was refused.
        case nice
        /// The descriptors could not be arranged.
        case descriptors
        /// A limit was refused.
        case rlimit
        /// The supplementary groups were refused.
        case setgroups
        /// The group was refused.
        case setgid
        /// The user was refused.
        case setuid
        /// The working directory could not be entered.
        case chdir
        /// The privilege lock was refused.
        case noNewPrivileges
        /// The parent had died, or the signal was refused.
        case parentDeathSignal
        /// The program could not be loaded.
        case exec

        /// The word in messages.
        public var name: String {
            switch self {
            case .oomScore: "oom_score_adj"
            case .noNewPrivileges: "no_new_privs"
            case .parentDeathSignal: "pdeathsig"
            case .arguments: "arguments"
            case .clone: "clone"
            case .cgroup: "cgroup"
            case .setsid: "setsid"
            case .nice: "nice"
            case .descriptors: "descriptors"
            case .rlimit: "rlimit"
            case .setgroups: "setgroups"
            case .setgid: "setgid"
            case .setuid: "setuid"
            case .chdir: "chdir"
            case .exec: "exec"
            }
        }
    }

    /// The step.
    public var stage: Stage
    /// The error number (errno(3)).
    public var errorNumber: Int32
    /// On what: the program, the folder, the user, the limit.
    public var subject: String

    /// Makes an error of its parts.
    public init(stage: Stage, errorNumber: Int32, subject: String) {
        self.stage = stage
        self.errorNumber = errorNumber
        self.subject = subject
    }

    /// The symbol of the error number, such as `ENOENT`.
    public var name: String { SystemError.name(of: errorNumber) }

    /// The whole sentence.
    public var description: String {
        let step = subject.isEmpty ? stage.name : "\(stage.name) \(subject)"
        return "\(step): \(name) \(SystemError.text(of: errorNumber))"
    }

    /// Names what the step was about.
    init(stage: Stage, errorNumber: Int32, detail: Int32, plan: SpawnPlan) {
        let subject =
            switch stage {
            case .exec: plan.executable
            case .chdir: plan.workingDirectory ?? ""
            case .setuid: plan.identity.map { "\($0.userID)" } ?? ""
            case .setgid: plan.identity.map { "\($0.groupID)" } ?? ""
            case .setgroups:
                plan.identity.map { $0.groups.map(String.init).joined(separator: ",") } ?? ""
            case .rlimit: Resource(rawValue: detail).map { "\($0)" } ?? "\(detail)"
            case .descriptors: detail >= 0 ? "\(detail)" : ""
            case .nice: plan.nice.map { "\($0)" } ?? ""
            case .oomScore: plan.oomScoreAdjustment.map { "\($0)" } ?? ""
            case .parentDeathSignal: plan.parentDeathSignal.map { "\($0)" } ?? ""
            case .arguments, .clone, .cgroup, .setsid, .noNewPrivileges: ""
            }
        self.init(stage: stage, errorNumber: errorNumber, subject: subject)
    }
}
