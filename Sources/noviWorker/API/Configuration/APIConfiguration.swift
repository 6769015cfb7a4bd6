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

    /// How strict the API is.
    let settings: APISettings

    /// How long the head and the body of a request may take to arrive (`NOVI_HTTP_HEAD_SECONDS`, `NOVI_HTTP_BODY_SECONDS`).
    let arrival: (head: Int64, body: Int64)

    /// Reads variables and options; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader, listen option: String?) {
        environment = WorkerEnvironment(&reader, app: "api")
        database = DatabaseConfiguration(&reader, environment: environment)
        migrate = reader.choice(
            "NOVI_MIGRATE",
            default: SchemaGate.Policy.standard(in: environment.deployment)
        )
        inheritedSockets = InheritedSockets.take(&reader)
        arrival = (
            reader.number("NOVI_HTTP_HEAD_SECONDS", in: 1...3600) ?? Limits.httpIdleSeconds,
            reader.number("NOVI_HTTP_BODY_SECONDS", in: 1...3600) ?? Limits.httpBodySeconds
        )
        settings = APISettings(&reader, deployment: environment.deployment)
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
