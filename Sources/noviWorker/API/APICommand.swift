import ArgumentParser
import WorkerSupport

/// `noviWorker api`: serves Novi's HTTP API.
struct APICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Serves Novi's HTTP API.",
        discussion: """
            Listens on the sockets that the supervisor hands over (LISTEN_FDS), else on --listen, NOVI_API_LISTEN or \
            tcp://127.0.0.1:3000. The database is DATABASE_URL, else the supervisor's own "database" app. Ready once \
            the database answers and its schema is current: NOVI_MIGRATE=on-start (the default outside production) applies \
            what is pending, never leaves it to `noviWorker migrate up`. SIGTERM finishes the requests in hand and exits 0.

            GET /openapi.json describes every route. In production SESSION_SECRET is needed. The first start makes a \
            user and writes the password into first-password in the app's data folder.
            """
    )

    @Option(help: "Address to listen on, such as tcp://127.0.0.1:3000 or unix:///run/novi/api.sock.")
    var listen: String?

    func run() async throws {
        try await reportingFailures(of: "api") {
            var reader = VariableReader()
            let configuration = APIConfiguration(&reader, listen: listen)
            try reader.finish()
            try await APIWorker(configuration).run()
        }
    }
}
