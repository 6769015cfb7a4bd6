import ArgumentParser

/// Novi's own workers in one program; the supervisor runs one subcommand in each process.
@main
struct NoviWorker: AsyncParsableCommand {
    /// The version that every worker tells.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "noviWorker",
        abstract:
            "Runs one of Novi's workers: the database, the API or the WhatsApp bridge; migrates the database.",
        discussion: """
            The supervisor starts workers as ecosystem.json tells it and passes folders and sockets by environment \
            variables (NOVI_RUNTIME_DIRECTORY, NOVI_DATA_DIRECTORY, NOVI_RUN_DIRECTORY, NOTIFY_SOCKET, LISTEN_FDS). \
            Each of them runs from a shell as well.

            NOVI_ENV is development (default), staging or production. Logs go to standard error. \
            A wrong configuration exits 78 and names every problem.
            """,
        version: version,
        subcommands: [
            DatabaseCommand.self, APICommand.self, WhatsAppCommand.self, MigrateCommand.self,
            ParseCommand.self, InboxCommand.self,
        ]
    )
}
