import Dispatch
import Shared
import Synchronization

/// Cancelling, waiting, the end.
extension ServerConnection {
    func cancel(_ token: Int) {
        guard let running, running.token == token else {
            // Over already, which is no matter, or not begun, which `begin` asks for.
            cancelledEarly = token
            return
        }
        guard !running.isCancelled, !running.isAnswered, let session else { return }
        self.running?.isCancelled = true
        requestCancellation(of: session)
        armTimer(.now + settings.answerGrace)
    }

    /// PQcancel waits for the network, so it gets a thread that may block.
    func requestCancellation(of session: Session) {
        guard let cancellation = session.cancellation() else { return }
        running?.isCancelling = true
        let token = running?.token
        DispatchQueue.global(qos: .utility).async {
            cancellation.request()
            self.perform { connection in
                guard connection.running?.token == token else { return }
                connection.running?.isCancelling = false
                connection.finishIfDone()
            }
        }
    }

    /// Has what arrives read at once, on the thread that waits for all connections.
    func watch(_ session: Session) -> Bool {
        reading = SocketWatch.shared.add(session.descriptor) { [weak self] in
            guard let self else { return }
            // Without another thread: nobody else is on the queue but a caller who is handing over a request.
            executor.queue.sync { self.assumeIsolated { $0.receive() } }
        }
        return reading != nil
    }

    func awaitRoom(_ session: Session) {
        guard writeSource == nil else { return }
        let duplicate = duplicateDescriptor(session.descriptor)
        guard duplicate >= 0 else { return lose("no descriptor is free to wait for the connection") }
        let source = DispatchSource.makeWriteSource(fileDescriptor: duplicate, queue: executor.queue)
        source.setEventHandler { [weak self] in
            self?.assumeIsolated { connection in
                connection.writeSource?.cancel()
                connection.writeSource = nil
                connection.flush()
            }
        }
        source.setCancelHandler { closeDescriptor(duplicate) }
        source.activate()
        writeSource = source
    }

    /// One timer for all requests: set when none is set for as early a time; after its last request it rings once more at most.
    func armTimer(_ time: ContinuousClock.Instant) {
        if let timerTime, timerTime <= time { return }
        let source = timer ?? DispatchSource.makeTimerSource(queue: executor.queue)
        if timer == nil {
            source.setEventHandler { [weak self] in self?.assumeIsolated { $0.timerRang() } }
            timer = source
            source.schedule(deadline: .distantFuture)
            source.activate()
        }
        timerTime = time
        let wait = max(.zero, time - .now)
        source.schedule(
            deadline: .now() + .nanoseconds(Int(clamping: wait.wholeNanoseconds)),
            leeway: .milliseconds(5)
        )
    }

    func timerRang() {
        timerTime = nil
        guard let running else { return }
        let isOverdue = running.deadline <= .now
        guard running.isCancelled || isOverdue else { return armTimer(running.deadline) }
        requestCancellationWithoutWaiting()
        lose("no answer in time", timedOut: !running.isCancelled)
    }

    func requestCancellationWithoutWaiting() {
        guard let cancellation = session?.cancellation() else { return }
        DispatchQueue.global(qos: .utility).async { cancellation.request() }
    }

    func lose(_ reason: String, tells: Bool = true, timedOut: Bool = false) {
        guard session != nil else { return }
        reading?.cancel()
        writeSource?.cancel()
        timer?.cancel()
        reading = nil
        writeSource = nil
        timer = nil
        session = nil
        cleanliness.store(false, ordering: .releasing)
        // First of all the pool: the caller may ask for another at once.
        if tells { onEvent(.lost(reason: reason)) }
        if let running {
            self.running = nil
            tellEnd(of: running)
            running.continuation.resume(returning: .failure(loss(of: running, reason, timedOut: timedOut)))
        }
    }

    func loss(of running: Running, _ reason: String, timedOut: Bool) -> DatabaseError {
        let outcome: DatabaseError.Outcome =
            switch running.request.kind {
            case .commit: .unknown
            case .control, .read, .probe: .nothingChanged
            // Inside a transaction the server takes all of it back.
            case .statement: running.startedIdle ? .unknown : .nothingChanged
            }
        if timedOut { return .timedOut(outcome: outcome) }
        let words = running.refusal.map(\.description) ?? reason
        return .disconnected(reason: words, outcome: outcome)
    }
}
