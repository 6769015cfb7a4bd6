import Logging
public import ServiceLifecycle
import UnixSignals

/// Runs the services of a worker until SIGTERM or SIGINT, in order, and then ends them in reverse.
public enum WorkerMain {
    /// Runs until all services ended.
    ///
    /// - Parameters:
    ///   - services: What the worker does; the last one is told of the shutdown first.
    ///   - reporter: Runs as long as any of them; says STOPPING=1 before the first ends.
    ///   - log: Where the lifecycle is noted.
    /// - Throws: What a service threw.
    public static func run(
        _ services: [any Service],
        reporter: SupervisorReporter,
        log: WorkerLog
    ) async throws {
        var quiet = log.worker
        quiet.logLevel = max(quiet.logLevel, .error)
        var configuration = ServiceGroupConfiguration(
            services: [reporter] + services + [FarewellService(reporter: reporter, log: log)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        configuration.maximumGracefulShutdownDuration = Limits.drainTime
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            await reporter.flush()
            throw error
        }
        log.operations.info("stopped")
        await reporter.flush()
    }
}

/// Announces the shutdown before any other service begins with it.
private struct FarewellService: Service {
    let reporter: SupervisorReporter
    let log: WorkerLog

    func run() async throws {
        try? await gracefulShutdown()
        log.operations.info("stopping: finishing the work in hand")
        reporter.stopping()
    }
}
