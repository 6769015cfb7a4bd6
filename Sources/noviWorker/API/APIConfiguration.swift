import WorkerSupport

/// Everything that the API worker is told from outside.
struct APIConfiguration {
    /// What every worker is told.
    let environment: WorkerEnvironment

    /// Where the database is.
    let database: DatabaseConfiguration

    /// When pending migrations are applied.
    let migrate: SchemaGate.Policy

    /// Sockets handed over by the supervisor; empty when the API opens its own.
    let inheritedSockets: [Int32]

    /// Where to listen when none was handed over.
    let listen: ListenAddress

    /// The WhatsApp worker's socket.
    let whatsAppSocket: String

    /// Reads variables and options; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader, listen option: String?) {
        environment = WorkerEnvironment(&reader, app: "api")
        database = DatabaseConfiguration(&reader, environment: environment)
        migrate = reader.choice(
            "NOVI_MIGRATE",
            default: SchemaGate.Policy.standard(in: environment.deployment)
        )
        inheritedSockets = InheritedSockets.take(&reader)
        whatsAppSocket = environment.socketPath(of: "whatsapp")
        let (name, text) =
            option.map { ("--listen", $0) } ?? ("NOVI_API_LISTEN", reader.text("NOVI_API_LISTEN"))
        if let text {
            if let address = ListenAddress(text) {
                listen = address
            } else {
                listen = .standard
                reader.report(
                    "\(name) is \"\(text)\", but must look like tcp://127.0.0.1:3000 or unix:///path/of/a/socket"
                )
            }
        } else {
            listen = .standard
        }
    }
}
