import Logging
import Shared

extension VarlinkInterface {
    /// `com.novi.Worker`: what every worker answers.
    ///
    /// - Parameters:
    ///   - board: How the worker is.
    ///   - cleanup: What `Cleanup` runs.
    ///   - log: Gets the figures of each cleanup.
    ///   - drain: Stops taking new work.
    /// - Returns: The interface.
    public static func worker(
        board: WorkerStatusBoard,
        cleanup: MemoryCleanup,
        log: WorkerLog,
        drain: @escaping @Sendable () async -> Void
    ) -> VarlinkInterface {
        VarlinkInterface(
            name: WorkerInterface.name,
            description: WorkerInterface.description,
            methods: [
                "GetStatus": { _ in await board.reply() },
                "Subscribe": { invocation in
                    guard invocation.wantsMore else { return await board.reply() }
                    for await _ in board.changes() { try await invocation.reply(await board.reply()) }
                    return await board.reply()
                },
                "Cleanup": { _ in
                    let (before, after) = await cleanup.run()
                    log.operations.info(
                        "memory cleaned up: heap \(ByteCount(before.heapUsed)) → \(ByteCount(after.heapUsed)), resident \(ByteCount(before.resident)) → \(ByteCount(after.resident))"
                    )
                    return ["before": before.json, "after": after.json]
                },
                "Drain": { _ in
                    await drain()
                    return [:]
                },
            ]
        )
    }
}
