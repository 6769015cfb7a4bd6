/// What can be told; each has one rule.
public enum AlertType: String, CaseIterable, Sendable {
    /// The host's processors, in percent.
    case hostCPU = "host_cpu"
    /// The host's memory, in percent.
    case hostMemory = "host_memory"
    /// The disk with Novi's files, in percent.
    case hostDisk = "host_disk"
    /// An app's heap above the limit at which it cleans up, in bytes.
    case heapHigh = "heap_high"
    /// An app's heap above the limit at which it is restarted, in bytes.
    case heapCritical = "heap_critical"
    /// Requests that failed, in percent.
    case errorRate = "error_rate"
    /// What 95 of 100 requests stay below, in milliseconds.
    case slow
    /// The same, beyond what anybody waits for.
    case verySlow = "very_slow"
    /// The link to WhatsApp; the value is for how many seconds it has not been ready.
    case whatsAppDown = "whatsapp_down"
    /// The database cannot be worked with.
    case databaseDown = "database_down"
    /// An app ended, and nobody asked for it.
    case appEnded = "app_ended"
    /// An app that should run does not; the value is for how many seconds.
    case appDown = "app_down"
    /// Restarts of an app in ten minutes that nobody asked for.
    case restarts
    /// Log lines of an app that were dropped since the last look.
    case logDropped = "log_dropped"
    /// Messages that were given up.
    case messagesGivenUp = "messages_given_up"
    /// The age of the newest verified backup, in seconds.
    case backupAge = "backup_age"
    /// The daemon does not answer.
    case supervisorDown = "supervisor_down"

    /// What, when it is there too, is the cause: one message instead of ten.
    var causes: [AlertType] {
        switch self {
        case .errorRate, .slow, .verySlow, .appDown: [.databaseDown, .supervisorDown, .hostDisk]
        case .appEnded: [.appDown, .databaseDown, .supervisorDown, .hostDisk]
        case .databaseDown, .whatsAppDown, .restarts: [.supervisorDown]
        case .heapHigh: [.heapCritical]
        case .messagesGivenUp: [.whatsAppDown]
        default: []
        }
    }

    /// Whether it explains troubles of the same app only.
    var explainsOneApp: Bool { self == .appDown || self == .heapCritical }
}
