/// Everything that one look at the supervisor found; what judges the figures gets it.
struct Look: Sendable {
    /// Nanoseconds since 1970.
    var time: Int64
    /// Whether the daemon answered.
    var isConnected: Bool
    /// The processes; those of the last answer when it did not.
    var processes: [ProcessReading]
    /// The machine.
    var host: HostReading
    /// The link to WhatsApp, where a worker tells of one.
    var whatsapp: WhatsAppReading?
    /// The database, as each of its users sees it.
    var databases: [DatabaseReading]
}
