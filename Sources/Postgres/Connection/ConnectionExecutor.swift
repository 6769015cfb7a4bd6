import Dispatch

/// Runs an actor on a dispatch queue of its own, where its socket's events arrive as well.
final class ConnectionExecutor: SerialExecutor {
    /// The queue.
    let queue = DispatchQueue(label: "com.novi.postgres")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
