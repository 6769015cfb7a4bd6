/// The bounds of this module.
public enum Limits {
    /// The longest path of a Unix socket, in bytes (unix(7): 108 with the NUL).
    public static let socketPathBytes = 107
    /// Connections that may wait to be accepted.
    public static let listenBacklog: Int32 = 511
    /// The longest datagram that is read whole.
    public static let datagramBytes = 16_384
    /// What is read of one file in /proc.
    public static let processFileBytes = 32_768
    /// What is read of one process's environment.
    public static let environmentBytes = 1 << 20
    /// The most processes that a tree may have; further ones are left out.
    public static let treeProcesses = 32_768
    /// The most entries that are listed of one folder.
    public static let folderEntries = 65_536
    /// The most folders of one cgroup that are looked through.
    static let cgroupFolders = 1024
    /// The buffer of the log copy where splice(2) cannot go.
    public static let copyBytes = 65_536
    /// The largest record of the user database.
    public static let userRecordBytes = 1 << 20
    /// The most supplementary groups of a user (NGROUPS_MAX).
    public static let groups = 65_536
    /// How far before the end of a log file its last line end is looked for.
    static let tornLineBytes = 1 << 20
}
