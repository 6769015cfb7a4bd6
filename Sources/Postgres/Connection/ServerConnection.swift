import CPostgres
import Dispatch
import Shared
import Synchronization

/// One connection to PostgreSQL: libpq without blocking, on a queue of its own.
///
/// A request at a time. The caller's thread sends it, the thread of ``SocketWatch`` reads what comes, both on the queue; the caller is
/// resumed once, with its end. Host names are looked up by libpq, which blocks only this queue.
actor ServerConnection {
    /// What a connection tells when nobody asked.
    enum Event: Sendable {
        /// The connection was lost; nothing follows.
        case lost(reason: String)
        /// Another session notified.
        case notification(DatabaseNotification)
        /// A request of a caller came to its end, good or bad, this long after it was begun.
        case ended(after: Duration)
    }

    struct Running {
        let token: Int
        let request: ServerRequest
        let startedIdle: Bool
        let continuation: CheckedContinuation<Result<ServerResult, DatabaseError>, Never>
        let begin: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant
        var steps: [ServerRequest.Step]
        var isPreparing = false
        var result: ServerResult?
        var refusal: ServerRefusal?
        var isCancelled = false
        var isCancelling = false
        var isAnswered = false
        var hasRenewedPlan = false
    }

    let executor = ConnectionExecutor()
    let settings: ConnectionSettings
    let onEvent: @Sendable (Event) -> Void
    private let nextToken = Atomic<Int>(0)
    let cleanliness = Atomic<Bool>(true)

    var session: Session?
    private var statements: PreparedStatements
    private var hasOldPlans = false
    private var isClosed = false
    /// The BEGIN that goes out with the next statement, so that a transaction costs one answer less to wait for.
    private var opening: String?

    /// Whether a cancel request may still arrive for a statement that is over.
    private var isTainted = false
    var running: Running?
    var cancelledEarly: Int?
    var reading: SocketWatch.Registration?
    var writeSource: (any DispatchSourceWrite)?
    var timer: (any DispatchSourceTimer)?
    var timerTime: ContinuousClock.Instant?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Whether the last request left no transaction and no cancel request on its way: the next caller may have it.
    nonisolated var isClean: Bool { cleanliness.load(ordering: .acquiring) }

    /// Whether it can be made clean by ROLLBACK.
    var isInTransaction: Bool {
        !isTainted && (transactionStatus == .open || transactionStatus == .failed)
    }

    /// Makes a connection that is not open yet.
    init(_ settings: ConnectionSettings, onEvent: @escaping @Sendable (Event) -> Void) {
        self.settings = settings
        self.onEvent = onEvent
        statements = PreparedStatements(capacity: settings.preparedStatements)
    }

    /// The state of the transaction; `unknown` without a connection.
    var transactionStatus: Session.TransactionStatus { session?.transactionStatus ?? .unknown }

    /// The server's process.
    var processID: Int32 { session?.processID ?? 0 }

    /// How many statements are prepared.
    var preparedCount: Int { statements.count }

    /// Opens the connection and sets the session's limits.
    ///
    /// - Throws: ``ConnectFailure`` when there is no connection in time.
    func open() async throws(ConnectFailure) {
        let session = Session(settings)
        let deadline =
            DispatchTime.now() + .nanoseconds(Int(clamping: settings.createTimeout.wholeNanoseconds))
        var step = session.isUsable ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED
        while step != PGRES_POLLING_OK {
            guard step == PGRES_POLLING_READING || step == PGRES_POLLING_WRITING else {
                throw ConnectFailure(reason: session.message, state: session.connectState)
            }
            let outcome = await SocketWait.wait(
                for: session.descriptor,
                step == PGRES_POLLING_READING ? .readable : .writable,
                until: deadline,
                on: executor.queue
            )
            switch outcome {
            case .ready: step = session.poll()
            case .timedOut:
                throw ConnectFailure(reason: "no connection within \(settings.createTimeout)", state: nil)
            case .cancelled: throw ConnectFailure(reason: "cancelled", state: nil)
            case .failed: throw ConnectFailure(reason: session.message, state: nil)
            }
        }
        guard session.serverVersion >= 130_000 else {
            throw ConnectFailure(
                reason: "PostgreSQL 13 or newer is needed, this is \(session.serverVersion / 10_000)",
                state: nil
            )
        }
        guard !isClosed else { throw ConnectFailure(reason: "closed", state: nil) }
        session.becomeNonBlocking()
        guard watch(session) else {
            throw ConnectFailure(reason: "no descriptor is free to watch the connection", state: nil)
        }
        self.session = session
        do throws(DatabaseError) {
            _ = try await run(ServerRequest(settings.sessionStatement, kind: .control, usesCache: false))
        } catch {
            close()
            throw ConnectFailure(reason: error.description, state: error.sqlState)
        }
    }

    /// Runs a request to its end.
    ///
    /// - Throws: ``DatabaseError``. After `disconnected` and `timedOut` the connection is gone.
    nonisolated func run(_ request: ServerRequest) async throws(DatabaseError) -> ServerResult {
        for (index, parameter) in request.parameters.enumerated() {
            // libpq takes C strings: what follows a NUL would silently be cut.
            if let parameter, parameter.utf8.contains(0) {
                throw .invalidParameter("$\(index + 1) holds a NUL character, which PostgreSQL's text cannot")
            }
        }
        let token = nextToken.add(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // On this thread: the queue is free but for moments, and another thread would have to be woken.
                executor.queue.sync { assumeIsolated { $0.begin(token, request, continuation) } }
            }
        } onCancel: {
            if request.isCancellable { perform { $0.cancel(token) } }
        }
        return try outcome.get()
    }

    /// Has the next statement be the first of a transaction.
    nonisolated func open(_ statement: String) {
        executor.queue.sync { assumeIsolated { $0.opening = statement } }
    }

    /// Takes an ``open(_:)`` back that no statement followed.
    ///
    /// - Returns: Whether there was one; otherwise the transaction is open.
    nonisolated func closeUnused() -> Bool {
        executor.queue.sync {
            assumeIsolated { connection in
                defer { connection.opening = nil }
                return connection.opening != nil
            }
        }
    }

    /// Lets all statements be prepared anew, because the tables changed.
    func renewPlans() {
        hasOldPlans = statements.count > 0
    }

    /// Closes the connection; what runs ends as lost.
    func close() {
        isClosed = true
        lose("closed", tells: false)
    }

    nonisolated func perform(_ body: @escaping @Sendable (isolated ServerConnection) -> Void) {
        executor.queue.async { self.assumeIsolated(body) }
    }
}

/// The way of a request.
extension ServerConnection {
    private func begin(
        _ token: Int,
        _ request: ServerRequest,
        _ continuation: CheckedContinuation<Result<ServerResult, DatabaseError>, Never>
    ) {
        let isCancelled = cancelledEarly == token
        cancelledEarly = nil
        guard !isCancelled else { return continuation.resume(returning: .failure(.cancelled)) }
        guard let session, session.isUsable else {
            let error = DatabaseError.disconnected(
                reason: "the connection is closed",
                outcome: .nothingChanged
            )
            return continuation.resume(returning: .failure(error))
        }
        guard running == nil else {
            return continuation.resume(returning: .failure(.misused("it has a statement in hand")))
        }
        let timeout = request.timeout ?? settings.statementTimeout + settings.answerGrace
        let begin = ContinuousClock.now
        let running = Running(
            token: token,
            request: request,
            // What opens its transaction first is inside of it.
            startedIdle: session.transactionStatus == .idle && opening == nil,
            continuation: continuation,
            begin: begin,
            deadline: begin + timeout,
            steps: steps(for: request)
        )
        self.running = running
        armTimer(running.deadline)
        sendNextStep()
    }

    private func steps(for request: ServerRequest) -> [ServerRequest.Step] {
        defer { opening = nil }
        return (opening.map { [.once($0, [])] } ?? []) + ownSteps(for: request)
    }

    private func ownSteps(for request: ServerRequest) -> [ServerRequest.Step] {
        guard request.usesCache else {
            return [request.isScript ? .script(request.text) : .once(request.text, request.parameters)]
        }
        var release: [ServerRequest.Step] = []
        if hasOldPlans, transactionStatus != .failed {
            hasOldPlans = false
            statements = PreparedStatements(capacity: settings.preparedStatements)
            release = [.once("DEALLOCATE ALL", [])]
        }
        switch statements.use(request.text) {
        case .prepared(let name): return [.prepared(name, request.parameters)]
        case .missing(let name, let evicted):
            release += evicted.map { [ServerRequest.Step.once("DEALLOCATE \($0)", [])] } ?? []
            return release + [.prepare(name, request.text), .prepared(name, request.parameters)]
        }
    }

    private func sendNextStep() {
        guard let session, let step = running?.steps.first else { return }
        running?.steps.removeFirst()
        if case .prepare = step { running?.isPreparing = true } else { running?.isPreparing = false }
        let isQueued =
            switch step {
            case .once(let text, let parameters): session.send(text, parameters)
            case .script(let text): session.sendScript(text)
            case .prepare(let name, let text): session.sendPrepare(name, text)
            case .prepared(let name, let parameters): session.sendPrepared(name, parameters)
            }
        guard isQueued else { return lose(session.message) }
        flush()
    }

    func flush() {
        guard let session else { return }
        switch session.flush() {
        case 0: return
        case 1: awaitRoom(session)
        default: lose(session.message)
        }
    }

    /// What the socket's being readable leads to: input for the request, a notification, or the end.
    ///
    /// Reads until nothing is left: libpq reads only once a call, and the end may follow the last input at once.
    func receive() {
        repeat { receiveOnce() } while session.map { isReadable($0.descriptor) } ?? false
    }

    private func receiveOnce() {
        guard let session else { return }
        guard session.consumeInput() else {
            // The server's reason may have come before the end of the connection.
            _ = session.isBusy
            return lose(session.message)
        }
        if running == nil {
            // PQisBusy parses what was read.
            guard !session.isBusy, session.isUsable else { return lose(session.message) }
        } else {
            collect(session)
        }
        while let notification = self.session?.nextNotification() { onEvent(.notification(notification)) }
    }

    private func collect(_ session: Session) {
        while running?.isAnswered == false, !session.isBusy {
            switch session.nextResult() {
            case .rows(let result): running?.result = result
            case .refused(let refusal): if running?.refusal == nil { running?.refusal = refusal }
            case .copy: return lose("a statement asked for COPY, which is not done here")
            case nil:
                guard session.isUsable else { return lose(session.message) }
                stepEnded()
            }
        }
    }

    private func stepEnded() {
        guard var running else { return }
        if let refusal = running.refusal, running.request.usesCache,
            running.isPreparing || refusal.isStalePlan
        {
            let name = statements.forget(running.request.text)
            if refusal.isStalePlan, running.startedIdle, !running.hasRenewedPlan, !running.isCancelled {
                // A migration changed what the statement brings; nothing was done yet.
                running.refusal = nil
                running.hasRenewedPlan = true
                running.steps =
                    (name.map { [.once("DEALLOCATE \($0)", [])] } ?? []) + steps(for: running.request)
                self.running = running
                return sendNextStep()
            }
        }
        if running.refusal == nil, !running.steps.isEmpty, !running.isCancelled { return sendNextStep() }
        self.running?.isAnswered = true
        finishIfDone()
    }

    /// Ends the request once it is answered and no cancel request is on its way to the server.
    func finishIfDone() {
        guard let running, running.isAnswered, !running.isCancelling else { return }
        // An end of the session is no plain refusal: what it did to a commit is unknown.
        if let refusal = running.refusal, refusal.endsSession { return lose(refusal.description) }
        self.running = nil
        tellEnd(of: running)
        let wasEnded = running.refusal?.state == .queryCanceled
        if running.isCancelled, !wasEnded { isTainted = true }
        cleanliness.store(!isTainted && transactionStatus == .idle, ordering: .releasing)
        if let refusal = running.refusal {
            let error = running.isCancelled && wasEnded ? DatabaseError.cancelled : .refused(refusal)
            running.continuation.resume(returning: .failure(error))
        } else if let result = running.result, running.steps.isEmpty {
            running.continuation.resume(returning: .success(result))
        } else {
            running.continuation.resume(returning: .failure(.cancelled))
        }
    }

    /// Settings and questions whether the connection still works are no work of a caller.
    func tellEnd(of running: Running) {
        guard running.request.isWork else { return }
        onEvent(.ended(after: .now - running.begin))
    }
}
