/// How the log of an app is rotated, kept and written.
///
/// Every default is what an app gets that says nothing (spec rows A23, A26; M9, M10).
public struct LogPolicy: Hashable, Sendable {
    /// A file that is as long as this is rotated at its next line end; `nil` for never by size.
    public var maximumFileBytes: Int64? = 20 << 20
    /// When a file is rotated by the wall clock.
    public var frequency: RotationFrequency = .datePattern
    /// The date in the names of rotated files, in moment.js letters; its finest unit is the period.
    public var datePattern = "YYYY-MM-DD"
    /// Whether periods and names are those of UTC instead of the machine's time zone.
    public var usesUTC = false
    /// The kind of log, which decides how long archives live; `nil` for what the log itself is.
    public var logClass: LogClass?
    /// How long a rotated file stays beside the log before it moves to the archive folder, in seconds.
    public var liveSeconds: Int64 = 14 * 86_400
    /// How long an archive lives, in seconds after its last byte; `nil` for what the class says.
    public var archiveSeconds: Int64?
    /// The most rotated files of one log; `nil` for any number.
    public var maximumFiles: Int?
    /// The most bytes of all rotated files of one app; `nil` for any.
    public var maximumTotalBytes: Int64? = 1 << 30
    /// How rotated files are compressed.
    public var compression: Compression = .gzip
    /// How long a rotated file is left as it is for collectors that still read it, in seconds.
    public var compressionDelaySeconds: Int64 = 60
    /// The name of a symbolic link that leads to the file being written; `nil` for none.
    public var symbolicLink: String?
    /// The folder below which archives lie, in a folder that is called as that of the log; `nil` for beside the log.
    public var archiveDirectory: String?
    /// How much of the file system stays free, in percent: the oldest archives go first; 0 for no guard.
    public var keepFreePercent = 5
    /// What happens when the file takes no more bytes.
    public var onFull: FullDiskAction = .waitThenDrop

    /// Makes the default policy.
    public init() {}

    /// How long an archive lives, in seconds.
    public var effectiveArchiveSeconds: Int64 {
        archiveSeconds ?? (logClass ?? .application).archiveSeconds
    }

    /// The same for a log that holds errors only: it lives as such unless the app says otherwise.
    public var ofErrors: LogPolicy {
        var policy = self
        policy.logClass = logClass ?? .error
        return policy
    }
}

/// When a file is rotated by the wall clock.
public enum RotationFrequency: Hashable, Sendable {
    /// Never.
    case never
    /// When the date pattern's text changes.
    case datePattern
    /// Every so many minutes of the civil day, counted from midnight; at most 1440.
    case minutes(Int)
}

/// The kind of a log (spec row A26).
public enum LogClass: String, Hashable, Sendable, CaseIterable {
    /// What an app says: 90 days.
    case application
    /// Who asked for what: 1 year.
    case access
    /// What went wrong: 2 years.
    case error

    /// How long an archive of this class lives, in seconds.
    public var archiveSeconds: Int64 {
        switch self {
        case .application: 90 * 86_400
        case .access: 365 * 86_400
        case .error: 730 * 86_400
        }
    }
}

/// How rotated files are compressed.
public enum Compression: String, Hashable, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// With gzip (RFC 1952).
    case gzip
}

/// What happens when a log file takes no more bytes (M10).
public enum FullDiskAction: String, Hashable, Sendable, CaseIterable {
    /// The app may wait up to 5 s; then whole lines are dropped, marked and counted.
    case waitThenDrop = "wait"
    /// The app waits for as long as it takes.
    case block
    /// Whole lines are dropped at once, marked and counted.
    case drop
}
