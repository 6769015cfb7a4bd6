/// Bounds on what a configuration may ask for.
public enum ConfigurationLimits {
    /// The largest ecosystem file that is read, in bytes.
    public static let maximumFileBytes = 4 << 20
    /// The most apps in one file.
    public static let maximumApps = 1000
    /// The most instances of one app.
    public static let maximumInstances = SupervisorLimits.maximumInstances
    /// The most arguments of one command.
    public static let maximumArguments = 4096
    /// The longest argument or environment entry in bytes; execve(2) takes no longer one (MAX_ARG_STRLEN).
    public static let maximumStringBytes = 131_071
    /// The most bytes that the environment of an app may take.
    public static let maximumEnvironmentBytes = 1 << 20
    /// The most sockets of one app.
    public static let maximumListeners = 64
    /// The longest path of a Unix socket in bytes (unix(7), less the final NUL).
    public static let maximumSocketPathBytes = 107
    /// The longest path in bytes (PATH_MAX, less the final NUL).
    public static let maximumPathBytes = 4095
    /// The most issues that are told of one file.
    public static let maximumIssues = 200
    /// The longest wait or time-out.
    public static let maximumDuration: Duration = .seconds(30 * 86_400)
    /// The smallest memory limit that makes sense: no process fits into less.
    public static let minimumMemoryLimit: Int64 = 1 << 20
}
