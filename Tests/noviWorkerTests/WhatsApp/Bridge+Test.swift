import Postgres
import Shared
import WorkerSupport

@testable import noviWorker

extension Bridge {
    /// A bridge over a database that is there, with short waits; it runs when it is told to.
    static func test(
        _ provider: any WhatsAppProvider,
        _ database: DatabasePool,
        news: Wakeup = Wakeup(),
        sending: OutboxSender.Timing = OutboxSender.Timing(
            unknownWait: .milliseconds(200),
            firstRetry: .milliseconds(20)
        )
    ) -> Bridge {
        let reporter = SupervisorReporter()
        return Bridge(
            Bridge.Parts(
                provider: provider,
                database: database,
                databaseStates: AsyncStream { $0.yield(.ready) },
                timing: ConnectionMachine.Timing(firstRetry: .milliseconds(20), attemptLimit: .seconds(30)),
                sending: sending,
                holder: "test",
                isTemporary: { $0 == 130_429 },
                news: news,
                board: WorkerStatusBoard(app: "test", reporter: reporter),
                reporter: reporter,
                metrics: BridgeMetrics(),
                log: WorkerLog(app: "test", deployment: .production)
            )
        )
    }
}
