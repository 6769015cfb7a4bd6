import ArgumentParser
import WorkerSupport

/// `noviWorker database`: becomes a private PostgreSQL.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database",
        abstract: "Runs a private PostgreSQL on a Unix socket.",
        discussion: """
            Makes a database cluster in the data folder when there is none, with the role "novi" and the database of \
            NOVI_ENV (novi_dev, novi_staging or novi_prod), and then becomes the real postgres: same process, ready \
            when PostgreSQL says so, stopped cleanly by SIGINT. It listens on no network port; the operating system \
            tells who connects (peer authentication): the cluster's owner, root and the user NOVI_SUPERVISOR_UID.

            Never runs as root. NOVI_POSTGRES_BIN chooses the folder of PostgreSQL's programs; without it the \
            newest below /usr/lib/postgresql is taken, or the one that fits an existing cluster.
            """
    )

    @Option(
        help: "Folder of the data; the cluster goes into its \"postgresql\". Default: $NOVI_DATA_DIRECTORY."
    )
    var dataDirectory: String?

    @Option(help: "Folder of the Unix socket. Default: $NOVI_RUNTIME_DIRECTORY, else the data folder.")
    var socketDirectory: String?

    func run() async throws {
        try await reportingFailures(of: "database") {
            var reader = VariableReader()
            let configuration = DatabaseServerConfiguration(
                &reader,
                dataDirectory: dataDirectory,
                socketDirectory: socketDirectory
            )
            try reader.finish()
            try DatabaseServer(configuration).become()
        }
    }
}
