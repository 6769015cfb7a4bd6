import NIOCore
import NIOPosix

/// Runs a closure for so long at most.
///
/// Its timer goes away with the closure: that of a cancelled `Task.sleep` stays until it would have rung, with its task, which adds up
/// where many things with long limits end early.
///
/// - Parameters:
///   - limit: The most that it may take.
///   - body: What to do; it is cancelled at the limit, and waited for.
/// - Returns: What the closure returns; `nil` when it was not done in time.
public func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async -> Value
) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(limit)) {}
        group.addTask { await body() }
        group.addTask {
            await withTaskCancellationHandler {
                _ = try? await timer.futureResult.get()
                return nil
            } onCancel: {
                timer.cancel()
            }
        }
        let first = await group.next()
        group.cancelAll()
        return first ?? nil
    }
}
