import CPostgres
import Dispatch
import Shared

/// One connection to PostgreSQL: libpq without blocking, on a queue of its own.
///
/// A statement at a time. What times out or is cancelled gives up the connection, because nobody knows how far the server
/// got; make a new one then. Host names in `DATABASE_URL` are looked up by libpq, which blocks only this queue.
actor DatabaseConnection {
    private let executor = DatabaseExecutor()
    private let address: DatabaseAddress
    private var session: Session?
    private var isBusy = false
    private var idleWatch: Task<Void, Never>?
    private let lossContinuation: AsyncStream<String>.Continuation

    /// Brings the reason once when an open connection is lost, then ends.
    nonisolated let losses: AsyncStream<String>

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Makes a connection that is not open yet.
    init(_ address: DatabaseAddress) {
        self.address = address
        (losses, lossContinuation) = AsyncStream.makeStream(
            of: String.self,
            bufferingPolicy: .bufferingOldest(1)
        )
    }

    /// Opens the connection.
    ///
    /// - Parameter timeout: The most it may take.
    /// - Throws: ``DatabaseFailure`` when there is no connection in time.
    func open(timeout: Duration) async throws(DatabaseFailure) {
        let session = Session(address)
        let deadline = Self.deadline(timeout)
        var step = session.isUsable ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED
        while step != PGRES_POLLING_OK {
            guard step == PGRES_POLLING_READING || step == PGRES_POLLING_WRITING else {
                throw .disconnected(session.message)
            }
            try await wait(session, step == PGRES_POLLING_READING ? .readable : .writable, until: deadline)
            step = session.poll()
        }
        session.becomeNonBlocking()
        self.session = session
        watchWhileIdle()
    }

    /// Runs a statement.
    ///
    /// - Parameters:
    ///   - statement: SQL with `$1`, `$2` … for the parameters.
    ///   - parameters: Their values as text; `nil` is NULL.
    ///   - timeout: The most it may take.
    /// - Returns: The rows.
    /// - Throws: ``DatabaseFailure``; after anything but `refused` and `busy` the connection is closed.
    func query(
        _ statement: String,
        _ parameters: [String?] = [],
        timeout: Duration
    ) async throws(DatabaseFailure) -> DatabaseRows {
        guard let session else { throw .disconnected("the connection is closed") }
        guard !isBusy else { throw .busy }
        isBusy = true
        defer { isBusy = false }
        await endIdleWatch()
        do throws(DatabaseFailure) {
            let rows = try await run(statement, parameters, on: session, until: Self.deadline(timeout))
            watchWhileIdle()
            return rows
        } catch {
            if case .refused = error {
                watchWhileIdle()
            } else {
                lose("\(error)")
            }
            throw error
        }
    }

    /// Closes the connection.
    func close() {
        lose("closed")
    }

    private func run(
        _ statement: String,
        _ parameters: [String?],
        on session: Session,
        until deadline: DispatchTime
    ) async throws(DatabaseFailure) -> DatabaseRows {
        guard session.send(statement, parameters) else { throw .disconnected(session.message) }
        while true {
            let pending = session.flush()
            guard pending >= 0 else { throw .disconnected(session.message) }
            if pending == 0 { break }
            try await wait(session, .writable, until: deadline)
            guard session.consumeInput() else { throw .disconnected(session.message) }
        }
        var answer = DatabaseRows(columns: [], rows: [])
        var refusal: DatabaseFailure?
        while true {
            while session.isBusy {
                try await wait(session, .readable, until: deadline)
                guard session.consumeInput() else { throw .disconnected(session.message) }
            }
            switch session.nextResult() {
            case .rows(let rows): answer = rows
            case .refused(let code, let message): refusal = .refused(code: code, message: message)
            case nil:
                guard session.isUsable else { throw .disconnected(session.message) }
                if let refusal { throw refusal }
                return answer
            }
        }
    }

    private func wait(
        _ session: Session,
        _ direction: SocketWait.Direction,
        until deadline: DispatchTime
    ) async throws(DatabaseFailure) {
        switch await SocketWait.wait(for: session.descriptor, direction, until: deadline, on: executor.queue)
        {
        case .ready: return
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        case .failed: throw .disconnected(session.message)
        }
    }

    /// Notices between statements that the server closed the connection; notices and parameters are read as well.
    private func watchWhileIdle() {
        idleWatch = Task {
            while let session, !Task.isCancelled {
                let outcome = await SocketWait.wait(
                    for: session.descriptor,
                    .readable,
                    until: .distantFuture,
                    on: executor.queue
                )
                guard case .ready = outcome, !Task.isCancelled else { return }
                // PQisBusy parses what was read: the server's reason comes before the end of the connection.
                guard session.consumeInput(), !session.isBusy, session.isUsable else {
                    lose(session.message)
                    return
                }
            }
        }
    }

    private func endIdleWatch() async {
        idleWatch?.cancel()
        await idleWatch?.value
        idleWatch = nil
    }

    private func lose(_ reason: String) {
        idleWatch?.cancel()
        idleWatch = nil
        session = nil
        lossContinuation.yield(reason)
        lossContinuation.finish()
    }

    private static func deadline(_ timeout: Duration) -> DispatchTime {
        .now() + .nanoseconds(Int(timeout.wholeNanoseconds))
    }
}
