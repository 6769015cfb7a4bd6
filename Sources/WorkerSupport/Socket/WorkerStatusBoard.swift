public import Shared
import Synchronization

/// Where a worker writes how it is; the supervisor and every subscriber learn of each change.
public final class WorkerStatusBoard: Sendable {
    /// What a worker tells beyond the common fields; asked for each answer.
    public typealias Details = @Sendable () async -> JSONObject

    private struct Contents {
        var status: WorkerStatus
        var details: Details = { [:] }
        var saidReady = false
        var subscribers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextSubscriber = 0
    }

    /// The app's name.
    public let app: String

    private let reporter: SupervisorReporter
    private let contents: Mutex<Contents>

    /// Makes a board that says `starting`.
    public init(app: String, reporter: SupervisorReporter) {
        self.app = app
        self.reporter = reporter
        contents = Mutex(
            Contents(
                status: WorkerStatus(
                    state: "starting",
                    isReady: false,
                    text: "starting",
                    since: Timestamp.now()
                )
            )
        )
    }

    /// The present status.
    public var status: WorkerStatus { contents.withLock { $0.status } }

    /// Sets who tells the details.
    public func setDetails(_ details: @escaping Details) {
        contents.withLock { $0.details = details }
    }

    /// Notes a state; equal ones change nothing.
    ///
    /// The first ready one is the worker's READY=1.
    ///
    /// - Parameters:
    ///   - state: One word.
    ///   - isReady: Whether the worker takes work.
    ///   - text: One sentence for people; by default the state and since when.
    public func update(state: String, isReady: Bool, text: String? = nil) {
        let (status, saysReady, subscribers) = contents.withLock { contents in
            let isSame = contents.status.state == state && contents.status.isReady == isReady
            let since = isSame ? contents.status.since : Timestamp.now()
            let new = WorkerStatus(
                state: state,
                isReady: isReady,
                text: text ?? "\(state) · since \(since)",
                since: since
            )
            guard new != contents.status else { return (new, false, [AsyncStream<Void>.Continuation]()) }
            contents.status = new
            let saysReady = isReady && !contents.saidReady
            if isReady { contents.saidReady = true }
            return (new, saysReady, Array(contents.subscribers.values))
        }
        if saysReady { reporter.ready(status: status.text) } else { reporter.status(status.text) }
        for subscriber in subscribers { subscriber.yield() }
    }

    /// The present status as a reply of `GetStatus`.
    public func reply() async -> JSONObject {
        let (status, details) = contents.withLock { ($0.status, $0.details) }
        return status.reply(app: app, details: await details())
    }

    /// One element at once and one after each change; changes that come faster than they are read become one.
    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let number = contents.withLock { contents in
            contents.nextSubscriber += 1
            contents.subscribers[contents.nextSubscriber] = continuation
            return contents.nextSubscriber
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.contents.withLock { $0.subscribers.removeValue(forKey: number) }
        }
        continuation.yield()
        return stream
    }
}
