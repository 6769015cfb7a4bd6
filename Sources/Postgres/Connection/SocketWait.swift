import Dispatch
import Glibc
import Synchronization

/// Waits until a socket can be read or written, on a dispatch queue, with a deadline.
///
/// Works on a duplicate of the descriptor: the socket may be closed by its owner at any time without pulling it from
/// under a dispatch source.
struct SocketWait {
    /// What to wait for.
    enum Direction {
        /// There is something to read, or the peer is gone.
        case readable
        /// There is room to write.
        case writable
    }

    /// How a wait ended.
    enum Outcome: Sendable {
        /// The socket is ready.
        case ready
        /// The deadline passed.
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// There is no such descriptor any more.
        case failed
    }

    /// A dispatch source, whose calls are safe on any thread (dispatch(3)), although its type does not say so.
    private struct Source: @unchecked Sendable {
        let source: any DispatchSourceProtocol
    }

    private struct Pending {
        var continuation: CheckedContinuation<Outcome, Never>?
        var source: Source?
        var outcome: Outcome?
    }

    /// One wait; ends once, by whatever comes first.
    private final class Ticket: Sendable {
        private let pending = Mutex(Pending())

        func begin(_ source: Source, _ continuation: CheckedContinuation<Outcome, Never>) {
            let early = pending.withLock { pending -> Outcome? in
                pending.source = source
                guard pending.outcome == nil else { return pending.outcome }
                pending.continuation = continuation
                return nil
            }
            source.source.activate()
            if let early {
                source.source.cancel()
                continuation.resume(returning: early)
            }
        }

        func end(_ outcome: Outcome) {
            let (continuation, source) = pending.withLock { pending in
                guard pending.outcome == nil else {
                    return (CheckedContinuation<Outcome, Never>?.none, Source?.none)
                }
                pending.outcome = outcome
                defer {
                    pending.continuation = nil
                    pending.source = nil
                }
                return (pending.continuation, pending.source)
            }
            source?.source.cancel()
            continuation?.resume(returning: outcome)
        }
    }

    /// Waits for a descriptor.
    ///
    /// - Parameters:
    ///   - descriptor: The socket.
    ///   - direction: What to wait for.
    ///   - deadline: When to give up.
    ///   - queue: Where events arrive.
    /// - Returns: How it ended.
    static func wait(
        for descriptor: Int32,
        _ direction: Direction,
        until deadline: DispatchTime,
        on queue: DispatchQueue
    ) async -> Outcome {
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard duplicate >= 0 else { return .failed }
        let ticket = Ticket()
        let source: any DispatchSourceProtocol =
            switch direction {
            case .readable: DispatchSource.makeReadSource(fileDescriptor: duplicate, queue: queue)
            case .writable: DispatchSource.makeWriteSource(fileDescriptor: duplicate, queue: queue)
            }
        source.setEventHandler { ticket.end(.ready) }
        source.setCancelHandler { close(duplicate) }
        let handle = Source(source: source)
        let timer = DispatchWorkItem { ticket.end(.timedOut) }
        defer { timer.cancel() }
        queue.asyncAfter(deadline: deadline, execute: timer)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { ticket.begin(handle, $0) }
        } onCancel: {
            ticket.end(.cancelled)
        }
    }
}
