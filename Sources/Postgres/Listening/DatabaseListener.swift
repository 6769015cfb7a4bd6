public import Logging
import Shared
import Synchronization

/// Hears what other sessions notify (LISTEN), over a connection of its own that comes back by itself.
///
/// PostgreSQL keeps no notification for a session that is away. So each time the connection is there (again), and each
/// time a subscriber was too slow, ``Event/missed`` says that something may have been missed: look at the tables then.
public final class DatabaseListener: Sendable {
    /// What a subscriber gets.
    public enum Event: Sendable, Equatable {
        /// Another session notified.
        case notification(DatabaseNotification)
        /// Notifications may have been missed; the first event, too.
        case missed
    }

    fileprivate struct Subscriber {
        let channels: Set<String>
        let continuation: AsyncStream<Event>.Continuation
        var isBehind = false
    }

    fileprivate struct State {
        var subscribers: [Int: Subscriber] = [:]
        var next = 0
        var isListening = false
    }

    private let settings: ConnectionSettings
    private let channels: [String]
    private let limits: DatabasePoolLimits
    private let log: Logger
    private let state = Mutex(State())

    /// Makes a listener; it listens while ``run()`` runs.
    ///
    /// - Parameters:
    ///   - channels: The channels.
    ///   - settings: How the connection is made.
    ///   - limits: The waits between attempts and checks are taken from it.
    ///   - log: Gets a line when the connection is lost.
    public init(
        _ channels: [String],
        settings: ConnectionSettings,
        limits: DatabasePoolLimits = DatabasePoolLimits(),
        log: Logger
    ) {
        self.channels = channels
        self.settings = settings
        self.limits = limits
        self.log = log
    }

    /// Subscribes until the stream is given up.
    ///
    /// - Parameters:
    ///   - channels: Some of the listener's channels.
    ///   - capacity: How many events may wait; what is more is dropped, and ``Event/missed`` follows.
    /// - Returns: The events.
    public func events(on channels: Set<String>, capacity: Int = 1000) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self,
            bufferingPolicy: .bufferingOldest(capacity)
        )
        state.withLock { state in
            let id = state.next
            state.next += 1
            state.subscribers[id] = Subscriber(channels: channels, continuation: continuation)
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
            }
            if state.isListening { continuation.yield(.missed) }
        }
        return stream
    }

    /// Listens until the task is cancelled.
    public func run() async {
        var wait = limits.createRetry
        while !Task.isCancelled {
            do {
                try await listenOnce()
                wait = limits.createRetry
            } catch {
                log.warning("cannot listen to the database, trying again: \(error)")
            }
            try? await Task.sleep(for: wait * Double.random(in: 0.8...1.2))
            wait = min(wait * 2, limits.createRetryMaximum)
        }
        // Outside the lock, because the end of a stream comes back for it.
        let subscribers = state.withLock { state in
            defer { state.subscribers = [:] }
            return Array(state.subscribers.values)
        }
        for subscriber in subscribers { subscriber.continuation.finish() }
    }

    /// Listens until the connection is lost.
    private func listenOnce() async throws {
        let (losses, loss) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1))
        let server = ServerConnection(settings) { [weak self] event in
            switch event {
            case .notification(let notification): self?.tell(notification)
            case .lost(let reason):
                loss.yield(reason)
                loss.finish()
            case .ended: break
            }
        }
        try await server.open()
        defer { Task { await server.close() } }
        for channel in channels {
            let request = ServerRequest("LISTEN \(SQL.identifier(channel))", kind: .control, usesCache: false)
            _ = try await server.run(request)
        }
        state.withLock { state in
            state.isListening = true
            for id in state.subscribers.keys { state.subscribers[id]?.isBehind = true }
        }
        tellMissed()
        let reason = await reasonOfEnd(server, losses)
        state.withLock { $0.isListening = false }
        if let reason { log.info("the connection that listens was lost: \(reason)") }
    }

    private func reasonOfEnd(_ server: ServerConnection, _ losses: AsyncStream<String>) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                for await reason in losses { return reason }
                return nil
            }
            group.addTask {
                // A server that vanished without a word is only noticed by asking.
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.limits.checkInterval)
                    let question = ServerRequest("SELECT 1", kind: .probe, timeout: self.limits.checkTimeout)
                    _ = try? await server.run(question)
                    self.tellMissed()
                }
                return nil
            }
            let reason = await group.next() ?? nil
            group.cancelAll()
            return reason
        }
    }

    private func tell(_ notification: DatabaseNotification) {
        state.withLock { state in
            for (id, subscriber) in state.subscribers where subscriber.channels.contains(notification.channel)
            {
                if subscriber.isBehind { state.deliverMissed(to: id) }
                guard state.subscribers[id]?.isBehind == false else { continue }
                if case .dropped = subscriber.continuation.yield(.notification(notification)) {
                    state.subscribers[id]?.isBehind = true
                }
            }
        }
    }

    private func tellMissed() {
        state.withLock { state in
            for (id, subscriber) in state.subscribers where subscriber.isBehind {
                state.deliverMissed(to: id)
            }
        }
    }
}

extension DatabaseListener.State {
    /// Tells a subscriber that it missed something, once there is room.
    fileprivate mutating func deliverMissed(to id: Int) {
        if case .enqueued = subscribers[id]?.continuation.yield(.missed) { subscribers[id]?.isBehind = false }
    }
}
