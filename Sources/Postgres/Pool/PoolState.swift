/// Every decision of a pool, as a value: who gets which connection, when one is made, checked or closed.
///
/// Takes events and the time, returns what to do; opens nothing, waits for nothing, reads no clock.
struct PoolState: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What the pool has to do.
    enum Action: Equatable {
        /// Make a connection and tell ``opened(_:now:)`` or ``openFailed(_:reason:isHopeless:now:)``.
        case open(Int)
        /// Give a connection to a caller.
        case hand(Int, to: Int)
        /// Tell a caller that it gets none.
        case fail(Int, DatabaseError)
        /// Ask `SELECT 1` and tell ``checked(_:now:)`` or ``lost(_:reason:now:)``.
        case check(Int)
        /// Close a connection.
        case close(Int)
    }

    private enum Use: Equatable {
        case opening
        case idle(since: Instant)
        case inUse
        case checking(since: Instant)
    }

    private struct Connection {
        var use: Use
        /// When it last answered or was found alive.
        var lastAnswer: Instant
    }

    private struct Waiter {
        let id: Int
        let since: Instant
        let deadline: Instant
    }

    private let limits: DatabasePoolLimits
    private var connections: [Int: Connection] = [:]
    /// Idle connections; the last used one is handed out first, so that the others may grow old and go.
    private var idle: [Int] = []
    private var waiters: [Waiter] = []
    private var nextConnection = 1
    private var failuresInRow = 0
    private var retryTime: Instant?
    private var nextReap: Instant?
    private(set) var lastFailure: String?
    private(set) var isClosed = false
    private var counters = DatabasePoolMetrics()

    init(_ limits: DatabasePoolLimits) {
        self.limits = limits
    }

    /// The figures.
    var metrics: DatabasePoolMetrics {
        var metrics = counters
        metrics.waiting = waiters.count
        for connection in connections.values {
            switch connection.use {
            case .opening: metrics.opening += 1
            case .inUse: metrics.inUse += 1
            case .idle, .checking: break
            }
        }
        metrics.idle = connections.count - metrics.opening - metrics.inUse
        return metrics
    }

    /// Whether any connection is open.
    var isConnected: Bool { connections.values.contains { $0.use != .opening } }

    /// Begins: makes the minimum.
    mutating func start(now: Instant) -> [Action] {
        openNeeded(now: now)
    }

    /// A caller wants a connection.
    ///
    /// - Parameters:
    ///   - id: The caller's number.
    ///   - timeout: The most it waits.
    ///   - now: The time.
    /// - Returns: What to do.
    mutating func acquire(_ id: Int, timeout: Duration, now: Instant) -> [Action] {
        guard !isClosed else { return [.fail(id, .poolClosed)] }
        guard waiters.count < limits.maximumWaiting else {
            counters.acquireTimeouts += 1
            return [.fail(id, .poolExhausted(waited: .zero, reason: "\(waiters.count) callers wait already"))]
        }
        waiters.append(Waiter(id: id, since: now, deadline: now + timeout))
        return serve(now: now)
    }

    /// A caller waits no longer.
    mutating func cancel(_ id: Int) -> [Action] {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return [] }
        waiters.remove(at: index)
        return [.fail(id, .cancelled)]
    }

    /// A connection is open.
    mutating func opened(_ id: Int, now: Instant) -> [Action] {
        guard connections[id] != nil else { return [.close(id)] }
        counters.created += 1
        failuresInRow = 0
        retryTime = nil
        lastFailure = nil
        becomeIdle(id, now: now)
        return serve(now: now)
    }

    /// A connection could not be made.
    ///
    /// - Parameters:
    ///   - id: The connection.
    ///   - reason: Why, for people.
    ///   - isHopeless: Whether waiting helps nobody: a wrong password, an unknown database.
    ///   - jitter: A factor around 1 for the wait.
    ///   - now: The time.
    /// - Returns: What to do.
    mutating func openFailed(
        _ id: Int,
        reason: String,
        isHopeless: Bool,
        jitter: Double,
        now: Instant
    ) -> [Action] {
        guard connections.removeValue(forKey: id) != nil else { return [] }
        counters.createFailures += 1
        lastFailure = reason
        let doublings = min(failuresInRow, 20)
        failuresInRow += 1
        let wait = min(limits.createRetry * (1 << doublings), limits.createRetryMaximum) * jitter
        retryTime = now + wait
        guard isHopeless, !isConnected else { return serve(now: now) }
        defer { waiters.removeAll() }
        return waiters.map { waiter in
            .fail(waiter.id, .disconnected(reason: reason, outcome: .nothingChanged))
        }
    }

    /// A caller gave a connection back.
    ///
    /// - Parameters:
    ///   - id: The connection.
    ///   - isReusable: Whether it is as it was when it was handed out.
    ///   - now: The time.
    /// - Returns: What to do.
    mutating func release(_ id: Int, isReusable: Bool, now: Instant) -> [Action] {
        guard connections[id] != nil else { return [] }
        guard isReusable, !isClosed else {
            connections[id] = nil
            return [.close(id)] + serve(now: now)
        }
        becomeIdle(id, now: now)
        return serve(now: now)
    }

    /// A connection broke, whoever had it.
    mutating func lost(_ id: Int, reason: String, now: Instant) -> [Action] {
        // One that breaks while it is made is told by `openFailed`.
        guard let connection = connections[id], connection.use != .opening else { return [] }
        connections[id] = nil
        idle.removeAll { $0 == id }
        counters.lost += 1
        lastFailure = reason
        return serve(now: now)
    }

    /// A connection answered `SELECT 1`.
    mutating func checked(_ id: Int, now: Instant) -> [Action] {
        guard case .checking(let since) = connections[id]?.use else { return [] }
        guard !isClosed else {
            connections[id] = nil
            return [.close(id)]
        }
        connections[id]?.use = .idle(since: since)
        connections[id]?.lastAnswer = now
        idle.insert(id, at: 0)
        return serve(now: now)
    }

    /// Time passed; see ``nextTime``.
    mutating func tick(now: Instant) -> [Action] {
        var actions: [Action] = []
        if let retryTime, retryTime <= now { self.retryTime = nil }
        let overdue = waiters.filter { $0.deadline <= now }
        for waiter in overdue {
            counters.acquireTimeouts += 1
            let reason = lastFailure ?? "all \(connections.count) connections are in use"
            actions.append(.fail(waiter.id, .poolExhausted(waited: now - waiter.since, reason: reason)))
        }
        if !overdue.isEmpty { waiters.removeAll { $0.deadline <= now } }
        if let nextReap, nextReap <= now { actions += reap(now: now) }
        actions += check(now: now)
        return actions + serve(now: now)
    }

    /// When ``tick(now:)`` is due; `nil` when nothing waits for time.
    var nextTime: Instant? {
        guard !isClosed else { return nil }
        var times: [Instant] = []
        if let retryTime, needsConnection { times.append(retryTime) }
        if let deadline = waiters.map(\.deadline).min() { times.append(deadline) }
        if let nextReap { times.append(nextReap) }
        if let oldest = idle.compactMap({ connections[$0]?.lastAnswer }).min() {
            times.append(oldest + limits.checkInterval)
        }
        return times.min()
    }

    /// Ends: unused connections are closed, the others when they come back; callers that wait are told.
    mutating func close() -> [Action] {
        isClosed = true
        let actions =
            waiters.map { Action.fail($0.id, .poolClosed) }
            + connections.filter { $0.value.use != .inUse }.keys.sorted().map { Action.close($0) }
        waiters = []
        idle = []
        connections = connections.filter { $0.value.use == .inUse }
        return actions
    }

    // MARK: What events lead to

    private mutating func becomeIdle(_ id: Int, now: Instant) {
        connections[id]?.use = .idle(since: now)
        connections[id]?.lastAnswer = now
        idle.append(id)
        if connections.count > limits.minimum, nextReap == nil { nextReap = now + limits.reapInterval }
    }

    private mutating func serve(now: Instant) -> [Action] {
        var actions: [Action] = []
        var served = 0
        while served < waiters.count, let id = idle.popLast() {
            let waiter = waiters[served]
            served += 1
            connections[id]?.use = .inUse
            counters.countAcquired(after: now - waiter.since)
            actions.append(.hand(id, to: waiter.id))
        }
        waiters.removeFirst(served)
        return actions + openNeeded(now: now)
    }

    private var openingCount: Int {
        connections.values.count { $0.use == .opening }
    }

    /// Whether one more connection would be of use.
    private var needsConnection: Bool {
        guard !isClosed, connections.count < limits.maximum else { return false }
        return connections.count < limits.minimum || waiters.count > openingCount
    }

    private mutating func openNeeded(now: Instant) -> [Action] {
        var actions: [Action] = []
        while needsConnection {
            // After a failure one attempt at a time tells whether the server is back.
            if failuresInRow > 0 {
                guard openingCount == 0 else { break }
                if let retryTime, retryTime > now { break }
            }
            let id = nextConnection
            nextConnection += 1
            connections[id] = Connection(use: .opening, lastAnswer: now)
            actions.append(.open(id))
        }
        return actions
    }

    private mutating func reap(now: Instant) -> [Action] {
        nextReap = nil
        var actions: [Action] = []
        for id in idle where connections.count > limits.minimum {
            guard case .idle(let since) = connections[id]?.use, now - since >= limits.idleTimeout else {
                continue
            }
            connections[id] = nil
            counters.reaped += 1
            actions.append(.close(id))
        }
        idle.removeAll { connections[$0] == nil }
        if connections.count > limits.minimum, !idle.isEmpty { nextReap = now + limits.reapInterval }
        return actions
    }

    private mutating func check(now: Instant) -> [Action] {
        let due = idle.filter { id in
            connections[id].map { now - $0.lastAnswer >= limits.checkInterval } ?? false
        }
        for id in due {
            if case .idle(let since) = connections[id]?.use { connections[id]?.use = .checking(since: since) }
        }
        idle.removeAll { due.contains($0) }
        return due.map { .check($0) }
    }
}
