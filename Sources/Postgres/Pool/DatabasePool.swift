import Dispatch
public import Logging
import Synchronization

/// Keeps connections to a database and lends them, first come, first served.
///
/// Connections that break are replaced, after failures with growing waits; callers wait meanwhile, at most
/// `acquireTimeout`. Start it with ``start()`` (or as a service) and end it with ``close()``.
public final class DatabasePool: Database {
    /// What the pool tells when the database comes and goes.
    public enum Change: Sendable, Equatable {
        /// There is a connection.
        case connected
        /// There is none; why.
        case disconnected(reason: String)
    }

    fileprivate struct Guarded: Sendable {
        var state: PoolState
        var connections: [Int: ServerConnection] = [:]
        var callers: [Int: CheckedContinuation<Result<Lease, DatabaseError>, Never>] = [:]
        var timerTime: ContinuousClock.Instant?
        var lastChange: Change?
    }

    /// A connection that a caller has.
    struct Lease: Sendable {
        let id: Int
        let server: ServerConnection
    }

    /// How connections are made.
    public let settings: ConnectionSettings

    /// How many are kept and how long is waited.
    public let limits: DatabasePoolLimits

    private let log: Logger
    private let changes: OrderedNews<Change>
    private let onStatement: (@Sendable (Duration) -> Void)?
    private let guarded: Mutex<Guarded>
    private let nextCaller = Atomic<Int>(0)
    private let timerQueue = DispatchQueue(label: "com.novi.postgres.pool")
    private let timer: PoolTimer

    /// Makes a pool without connections; ``start()`` opens them.
    ///
    /// - Parameters:
    ///   - settings: How connections are made.
    ///   - limits: How many are kept.
    ///   - log: Gets a line when the database comes, goes, or cannot be reached for a new reason.
    ///   - onChange: Is told when the database comes and goes.
    ///   - onStatement: Is told how long each statement took, good or bad, from its being sent to its answer; called on the
    ///     connection's queue, so it must be quick.
    public init(
        _ settings: ConnectionSettings,
        limits: DatabasePoolLimits = DatabasePoolLimits(),
        log: Logger,
        onChange: @escaping @Sendable (Change) -> Void = { _ in },
        onStatement: (@Sendable (Duration) -> Void)? = nil
    ) {
        self.settings = settings
        self.limits = limits
        self.log = log
        changes = OrderedNews { change in
            switch change {
            case .connected: log.info("database connected: \(settings.address.description)")
            case .disconnected(let reason):
                log.warning("database \(settings.address.description) is away, trying again: \(reason)")
            }
            onChange(change)
        }
        self.onStatement = onStatement
        guarded = Mutex(Guarded(state: PoolState(limits)))
        timer = PoolTimer(queue: timerQueue)
        timer.onRing { [weak self] in self?.timerRang() }
    }

    deinit {
        for connection in guarded.withLock({ Array($0.connections.values) }) {
            Task { await connection.close() }
        }
    }

    /// The figures of this moment.
    public var metrics: DatabasePoolMetrics { guarded.withLock { $0.state.metrics } }

    /// Whether there is a connection; ``answers(within:)`` really asks.
    public var isConnected: Bool { guarded.withLock { $0.state.isConnected } }

    /// Why the last attempt to connect failed; `nil` when it did not.
    public var lastFailure: String? { guarded.withLock { $0.state.lastFailure } }

    /// Opens the minimum of connections and keeps them from now on.
    public func start() {
        update { $0.state.start(now: .now) }
    }

    /// Lends no more, closes what is unused at once and the rest when it comes back.
    public func close() {
        update { $0.state.close() }
        timer.cancel()
    }

    /// Lets every connection prepare its statements anew; for whoever learns that the schema changed.
    public func renewPlans() {
        let connections = guarded.withLock { Array($0.connections.values) }
        for connection in connections { Task { await connection.renewPlans() } }
    }

    // MARK: Statements

    /// Runs a statement on any connection, a transaction of its own.
    @discardableResult
    public func query(_ statement: SQL) async throws(DatabaseError) -> DatabaseRows {
        try await run(ServerRequest(statement))
    }

    /// Runs a statement that changes nothing; when the connection is lost, it is asked once more on another.
    ///
    /// - Throws: ``DatabaseError``.
    public func read(_ statement: SQL) async throws(DatabaseError) -> DatabaseRows {
        do {
            return try await run(ServerRequest(statement, kind: .read))
        } catch {
            guard case .disconnected = error else { throw error }
            return try await run(ServerRequest(statement, kind: .read))
        }
    }

    /// Runs a statement that does nothing more when it is run twice; when the connection is lost, it is run once more on another.
    ///
    /// - Throws: ``DatabaseError``.
    public func query(idempotent statement: SQL) async throws(DatabaseError) -> DatabaseRows {
        do {
            return try await run(ServerRequest(statement))
        } catch {
            guard case .disconnected = error else { throw error }
            return try await run(ServerRequest(statement))
        }
    }

    /// Asks the database `SELECT 1`.
    ///
    /// - Parameter limit: The most that getting a connection and the answer may take.
    /// - Returns: Whether it answered.
    public func answers(within limit: Duration = .seconds(1)) async -> Bool {
        let isAway = guarded.withLock { !$0.state.isConnected && $0.state.lastFailure != nil }
        guard !isAway, let lease = try? await acquire(timeout: limit) else { return false }
        let question = ServerRequest("SELECT 1", kind: .probe, timeout: limit)
        let rows = try? await lease.server.run(question)
        await release(lease)
        return rows?.rowCount == 1
    }

    // MARK: Connections and transactions

    /// Lends a connection to a closure.
    ///
    /// What the closure leaves open is rolled back; settings that it changes for the session stay, so it uses SET LOCAL.
    ///
    /// - Parameter body: Gets the connection; it must not keep it.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws; ``DatabaseError`` when there is no connection.
    @discardableResult
    public func withConnection<Value: Sendable>(
        _ body: (DatabaseConnection) async throws -> Value
    ) async throws -> Value {
        let lease = try await acquire(timeout: limits.acquireTimeout)
        let connection = DatabaseConnection(lease.server)
        do {
            let value = try await body(connection)
            connection.giveBack()
            await release(lease)
            return value
        } catch {
            connection.giveBack()
            await release(lease)
            throw error
        }
    }

    /// Runs a closure in a transaction: committed when it returns, rolled back when it throws or its task is cancelled.
    ///
    /// - Parameters:
    ///   - isolation: What the transaction sees of others.
    ///   - access: Whether it may write.
    ///   - attempts: How often the closure may be run: again after a serialization failure, a deadlock, or a connection
    ///     that was lost before the commit. With more than one it must have no effect outside the database.
    ///   - body: Gets the connection; it must not keep it.
    /// - Returns: What the closure returns; then it is committed.
    /// - Throws: What the closure throws, and ``DatabaseError``. When ``DatabaseError/isOutcomeUnknown`` is true, the commit was
    ///   sent and its answer lost: nobody may take it for done or not done. It is never tried again.
    @discardableResult
    public func withTransaction<Value: Sendable>(
        isolation: TransactionIsolation = .readCommitted,
        access: TransactionAccess = .readWrite,
        attempts: Int = 1,
        _ body: (DatabaseConnection) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await withConnection { connection in
                    try await connection.transaction(isolation: isolation, access: access, body)
                }
            } catch let error as DatabaseError where error.isRetryable && attempt < attempts {
                attempt += 1
                // Those who collided should not meet again at once.
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...(5 << min(attempt, 6)))))
            }
        }
    }

    private func run(_ request: ServerRequest) async throws(DatabaseError) -> DatabaseRows {
        let lease = try await acquire(timeout: limits.acquireTimeout)
        do {
            let result = try await lease.server.run(request)
            await release(lease)
            return DatabaseRows(result)
        } catch {
            await release(lease)
            throw error
        }
    }
}

/// Lending.
extension DatabasePool {
    func acquire(timeout: Duration) async throws(DatabaseError) -> Lease {
        let id = nextCaller.add(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                update { guarded in
                    guarded.callers[id] = continuation
                    // Cancelled from here on, the handler below finds the caller.
                    guard !Task.isCancelled else { return [.fail(id, .cancelled)] }
                    return guarded.state.acquire(id, timeout: timeout, now: .now)
                }
            }
        } onCancel: {
            update { guarded in
                guard guarded.callers[id] != nil else { return [] }
                return guarded.state.cancel(id)
            }
        }
        return try outcome.get()
    }

    func release(_ lease: Lease) async {
        if !lease.server.isClean, await lease.server.isInTransaction {
            log.warning("a database connection came back inside a transaction, which is rolled back")
            _ = try? await lease.server.run(ServerRequest("ROLLBACK", kind: .control, usesCache: false))
        }
        let isReusable = lease.server.isClean
        update { $0.state.release(lease.id, isReusable: isReusable, now: .now) }
    }

    /// Changes the state and does what it asks for, outside the lock.
    private func update(_ change: (inout Guarded) -> [PoolState.Action]) {
        var effects: [@Sendable () -> Void] = []
        guarded.withLock { guarded in
            let actions = change(&guarded)
            for action in actions { effects.append(contentsOf: effect(of: action, &guarded)) }
            if let time = guarded.state.nextTime, guarded.timerTime.map({ time < $0 }) ?? true {
                guarded.timerTime = time
                timer.arm(time)
            }
            if let change = newChange(&guarded) { changes.add(change) }
        }
        for effect in effects { effect() }
        changes.deliver()
    }

    private func effect(of action: PoolState.Action, _ guarded: inout Guarded) -> [@Sendable () -> Void] {
        switch action {
        case .open(let id):
            let onStatement = onStatement
            let connection = ServerConnection(settings) { [weak self] event in
                switch event {
                case .lost(let reason): self?.update { $0.lose(id, reason) }
                case .ended(let duration): onStatement?(duration)
                case .notification: break
                }
            }
            guarded.connections[id] = connection
            return [{ [weak self] in Task { await self?.open(id, connection) } }]
        case .hand(let id, let caller):
            guard let server = guarded.connections[id],
                let waiting = guarded.callers.removeValue(forKey: caller)
            else { return [] }
            return [{ waiting.resume(returning: .success(Lease(id: id, server: server))) }]
        case .fail(let caller, let error):
            guard let waiting = guarded.callers.removeValue(forKey: caller) else { return [] }
            return [{ waiting.resume(returning: .failure(error)) }]
        case .check(let id):
            guard let server = guarded.connections[id] else { return [] }
            return [{ [weak self] in Task { await self?.check(id, server) } }]
        case .close(let id):
            guard let server = guarded.connections.removeValue(forKey: id) else { return [] }
            return [{ Task { await server.close() } }]
        }
    }

    private func open(_ id: Int, _ connection: ServerConnection) async {
        do {
            try await connection.open()
            update { $0.state.opened(id, now: .now) }
        } catch {
            let isHopeless = error.state.map { Self.hopelessStates.contains($0) } ?? false
            update { guarded in
                guarded.connections[id] = nil
                return guarded.state.openFailed(
                    id,
                    reason: error.reason,
                    isHopeless: isHopeless,
                    jitter: .random(in: 0.8...1.2),
                    now: .now
                )
            }
        }
    }

    private func check(_ id: Int, _ server: ServerConnection) async {
        let question = ServerRequest("SELECT 1", kind: .probe, timeout: limits.checkTimeout)
        do throws(DatabaseError) {
            _ = try await server.run(question)
            update { $0.state.checked(id, now: .now) }
        } catch {
            // A refusal is no loss yet, but what cannot do this is of no use.
            await server.close()
            update { $0.lose(id, error.description) }
        }
    }

    private func timerRang() {
        update { guarded in
            guarded.timerTime = nil
            return guarded.state.tick(now: .now)
        }
    }

    private func newChange(_ guarded: inout Guarded) -> Change? {
        guard !guarded.state.isClosed else { return nil }
        let change: Change
        if guarded.state.isConnected {
            change = .connected
        } else if let reason = guarded.state.lastFailure {
            change = .disconnected(reason: reason)
        } else {
            return nil
        }
        guard change != guarded.lastChange else { return nil }
        guarded.lastChange = change
        return change
    }

    /// Refusals that waiting does not mend: wrong password, not let in, no such database.
    private static let hopelessStates: Set<SQLState> = [
        .invalidPassword, .invalidAuthorization, .noSuchDatabase, .insufficientPrivilege,
    ]
}

extension DatabasePool.Guarded {
    fileprivate mutating func lose(_ id: Int, _ reason: String) -> [PoolState.Action] {
        connections[id] = nil
        return state.lost(id, reason: reason, now: .now)
    }
}
