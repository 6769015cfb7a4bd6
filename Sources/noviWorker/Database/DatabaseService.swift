import Postgres
import ServiceLifecycle

/// Keeps a pool open while the worker runs: first of the services, so that it is closed last.
struct DatabaseService: Service {
    let pool: DatabasePool

    func run() async throws {
        pool.start()
        try? await gracefulShutdown()
        pool.close()
    }
}
