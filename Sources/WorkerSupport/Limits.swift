/// The bounds of what a worker accepts and keeps.
enum Limits {
    /// The longest message on a worker's socket, in bytes (M28: webhook bodies up to 3 MiB as base64).
    static let messageBytes = 5 << 20

    /// Connections to a worker's socket at the same time.
    static let connections = 64

    /// The longest status text that goes to the supervisor, in bytes.
    static let statusBytes = 512

    /// The longest log line, in bytes.
    static let logLineBytes = 16 << 10

    /// The longest secret, such as a token, in bytes.
    static let secretBytes = 4096

    /// The longest path of a Unix socket, in bytes (unix(7): 108 with the final NUL).
    static let socketPathBytes = 107

    /// How long a worker waits at its end for the supervisor to take the last report.
    static let lastReportWait: Duration = .milliseconds(200)

    /// Time between two reports of memory.
    static let memoryReportInterval: Duration = .seconds(5)

    /// How long work in hand may take after the stop signal; below the supervisor's default `kill_timeout` of 10 s.
    static let drainTime: Duration = .seconds(9)

    /// The most memory that the fault interface hands out, in bytes.
    static let faultMemoryBytes: Int64 = 4 << 30
}
