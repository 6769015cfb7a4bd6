/// Everything about a program that is started, decided before the child exists.
public struct SpawnPlan: Sendable {
    /// A user switch; all three are set, in the order groups, group, user.
    public struct Identity: Hashable, Sendable {
        /// The user.
        public var userID: UInt32
        /// The main group.
        public var groupID: UInt32
        /// The other groups; the supervisor's own are never inherited.
        public var groups: [UInt32]

        /// Makes an identity.
        public init(userID: UInt32, groupID: UInt32, groups: [UInt32]) {
            self.userID = userID
            self.groupID = groupID
            self.groups = groups
        }
    }

    /// A limit of the child (setrlimit(2)).
    public struct ResourceLimit: Hashable, Sendable {
        /// Which one.
        public var resource: Resource
        /// What applies; ``ResourceLimits/infinity`` is none.
        public var soft: UInt64
        /// What the child may raise it to.
        public var hard: UInt64

        /// Makes a limit.
        public init(_ resource: Resource, soft: UInt64, hard: UInt64) {
            self.resource = resource
            self.soft = soft
            self.hard = hard
        }
    }

    /// The program: a path; PATH is not searched.
    public var executable: String
    /// All arguments, the program's own name first.
    public var arguments: [String]
    /// The whole environment, each `NAME=value`.
    public var environment: [String]
    /// Where it starts, entered with the rights of its user; `nil` keeps ours.
    public var workingDirectory: String?
    /// Our descriptors in the order of the child's, from 0.
    ///
    /// -1 is /dev/null. All others close on exec. At most 64.
    public var descriptors: [Int32]
    /// Whether it leads a session and process group of its own.
    public var newSession = true
    /// Its user and groups; `nil` keeps ours.
    public var identity: Identity?
    /// Its file mode mask; `nil` keeps ours.
    public var umask: UInt32?
    /// Its priority, -20 to 19; `nil` keeps ours.
    public var nice: Int32?
    /// Its chance to be killed when memory runs out, -1000 to 1000; `nil` keeps ours.
    public var oomScoreAdjustment: Int32?
    /// Its limits; others are ours.
    public var resourceLimits: [ResourceLimit] = []
    /// Whether set-user-id programs give it nothing (prctl(2), PR_SET_NO_NEW_PRIVS).
    public var noNewPrivileges = false
    /// The signal it gets when the spawning *thread* ends; `nil` for none.
    public var parentDeathSignal: Int32?
    /// The descriptor of the cgroup 2 folder that it starts in; `nil` for ours.
    public var cgroup: Int32?
    /// Whether the value of `LISTEN_PID=` in the environment is replaced by the child's own pid.
    public var listenPIDPatch = false

    /// Makes a plan for a program with three descriptors on /dev/null.
    public init(
        executable: String,
        arguments: [String],
        environment: [String] = [],
        descriptors: [Int32] = [-1, -1, -1]
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
    }
}
