import Shared

/// All that is known of the supervisor now.
struct GatewayState: Sendable {
    /// Whether the daemon answers.
    enum Connection: Sendable, Equatable {
        /// Not asked yet.
        case starting
        /// It does.
        case connected
        /// It does not, and why.
        case lost(String, since: String)
    }

    /// The daemon.
    struct Daemon: Sendable, Equatable {
        var pid: Int64
        var version: String
        var uptimeMilliseconds: Int64
    }

    var connection = Connection.starting
    var daemon: Daemon?
    var processes: [ProcessReading] = []
    /// Whether there are more than are kept.
    var isCut = false
    var host = HostReading()
    var whatsapp: WhatsAppReading?
    var databases: [DatabaseReading] = []
    var alerts: [ShownAlert] = []
    /// When it was looked, in nanoseconds since 1970.
    var time: Int64 = 0

    /// Everything, as the page gets it.
    var json: JSONObject {
        [
            "schema": 1, "time": .integer(time / 1_000_000), "supervisor": .object(supervisor),
            "host": .object(host.json), "processes": .array(processes.map { .object($0.json) }),
            "is_cut": .bool(isCut), "whatsapp": whatsapp.map { .object($0.json) } ?? .null,
            "databases": .array(databases.map { .object($0.json) }),
            "alerts": .array(alerts.map { .object($0.json) }),
        ]
    }

    /// How the daemon is.
    var supervisor: JSONObject {
        var object: JSONObject = [:]
        switch connection {
        case .starting: object["state"] = "starting"
        case .connected: object["state"] = "connected"
        case .lost(let reason, let since):
            object["state"] = "lost"
            object["reason"] = .string(reason)
            object["since"] = .string(since)
        }
        if let daemon {
            object["pid"] = .integer(daemon.pid)
            object["version"] = .string(daemon.version)
            object["uptime_ms"] = .integer(daemon.uptimeMilliseconds)
        }
        return object
    }

    /// What changes from second to second.
    var sample: JSONObject {
        var figures = JSONObject()
        for process in processes { figures.append(process.name, process.sample) }
        return [
            "time": .integer(time / 1_000_000), "host": .object(host.json), "processes": .object(figures),
        ]
    }

    /// Whether only such figures differ.
    func differsInFiguresOnly(from other: GatewayState) -> Bool {
        connection == other.connection && daemon?.pid == other.daemon?.pid
            && daemon?.version == other.daemon?.version
            && whatsapp == other.whatsapp && databases == other.databases && alerts == other.alerts
            && processes.count == other.processes.count
            && zip(processes, other.processes).allSatisfy { $0.differsInFiguresOnly(from: $1) }
    }
}
