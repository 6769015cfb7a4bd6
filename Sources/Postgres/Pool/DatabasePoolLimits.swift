/// How many connections a pool keeps and how long it waits.
public struct DatabasePoolLimits: Sendable, Equatable {
    /// Connections that are kept also when nobody needs them.
    public var minimum: Int

    /// The most connections.
    public var maximum: Int

    /// The most that a caller waits for a connection.
    public var acquireTimeout: Duration

    /// How long a connection above the minimum may be unused.
    public var idleTimeout: Duration

    /// How often unused connections are looked for while there are more than the minimum.
    public var reapInterval: Duration

    /// The wait after a connection that could not be made; doubled up to ``createRetryMaximum``, ±20 %.
    public var createRetry: Duration

    /// The longest wait between attempts to make a connection.
    public var createRetryMaximum: Duration

    /// How long an unused connection goes unasked before `SELECT 1` tells whether it still works.
    public var checkInterval: Duration

    /// The most that such a question may take.
    public var checkTimeout: Duration

    /// The most callers that may wait; one more is refused at once.
    public var maximumWaiting: Int

    /// Makes limits; the documented ones where nothing is given.
    public init(
        minimum: Int = 2,
        maximum: Int = 10,
        acquireTimeout: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(30),
        reapInterval: Duration = .seconds(1),
        createRetry: Duration = .milliseconds(100),
        createRetryMaximum: Duration = .seconds(2),
        checkInterval: Duration = .seconds(30),
        checkTimeout: Duration = .seconds(1),
        maximumWaiting: Int = 10_000
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.acquireTimeout = acquireTimeout
        self.idleTimeout = idleTimeout
        self.reapInterval = reapInterval
        self.createRetry = createRetry
        self.createRetryMaximum = createRetryMaximum
        self.checkInterval = checkInterval
        self.checkTimeout = checkTimeout
        self.maximumWaiting = maximumWaiting
    }
}
