/// The bounds of what the workers accept, keep and wait for.
enum Limits {
    /// The longest path of a Unix socket, in bytes (unix(7): 108 with the final NUL).
    static let socketPathBytes = 107

    /// The most output kept of a helper program such as `postgres --single`, in bytes.
    static let programOutputBytes = 1 << 20

    /// The most that one health question may take.
    static let probeTime: Duration = .seconds(1)

    /// Connections to the API at the same time, per listening socket.
    static let httpConnections = 10_000

    /// Time after which a silent HTTP connection is closed, in seconds.
    static let httpIdleSeconds: Int64 = 60

    /// How long the body of a request may take to arrive, in seconds.
    static let httpBodySeconds: Int64 = 30

    /// The largest body of a request, in bytes (spec C).
    static let bodyBytes = 64 << 10

    /// How deep a body's arrays and objects may lie in each other.
    static let bodyDepth = 16

    /// The most headers of a request.
    static let headerCount = 100

    /// The longest headers of a request together, in bytes.
    static let headerBytes = 16 << 10

    /// How long connections that were just accepted may take to send their request once the worker drains.
    static let drainGrace: Duration = .milliseconds(250)

    /// The longest request id that is taken over from a caller.
    static let requestIDBytes = 64

    /// How many events of a provider, and receipts of the simulator, wait at most.
    static let messages = 1000

    /// How many alerts the bridge remembers.
    static let alerts = 100

    /// The longest message text of the simulator, in bytes.
    static let messageBytes = 64 << 10

    /// The most lines of a simulator script.
    static let scriptLines = 10_000

    /// The largest simulator script, in bytes.
    static let scriptBytes = 4 << 20

    /// How long a WhatsApp provider may take to close at the end.
    static let providerStopTime: Duration = .seconds(8)
}
