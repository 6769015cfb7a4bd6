import Observation
import Shared

/// One process as the supervisor and its worker told of it last.
struct ProcessReading: Sendable, Equatable {
    /// `api`, or `api:1` for another instance.
    var name: String
    /// The app.
    var app: String
    /// The number of the instance.
    var instance: Int
    /// The namespace.
    var namespace: String
    /// The supervisor's word, such as `online`.
    var state: String
    /// Whether that is what was asked for.
    var isAsWanted: Bool
    /// The main process.
    var pid: Int64?
    /// How long the run lasts.
    var uptimeMilliseconds: Int64?
    /// How often it was started again.
    var restarts: Int64
    /// Of one core.
    var cpuPercent: Double?
    /// Of the whole tree.
    var memoryBytes: Int64?
    /// What the worker reported.
    var heapBytes: Int64?
    /// Why it is not well.
    var reason: String?
    /// What it says of itself.
    var statusText: String?
    /// The state of its link to WhatsApp.
    var whatsapp: String?
    /// What its worker tells of requests.
    var requests: RequestReading?
    /// Lines of its logs that were dropped.
    var droppedLines: Int64?
    /// Bytes of its logs that were dropped.
    var droppedBytes: Int64?

    /// Reads a `Process` of com.novi.Supervisor; `nil` when it is none.
    init?(_ json: JSONValue) {
        guard let object = json.objectValue, let app = object["name"]?.stringValue,
            let state = object["state"]?.stringValue
        else { return nil }
        self.app = app
        self.state = state
        instance = Int(clamping: object["instance"]?.integerValue ?? 0)
        name = instance == 0 ? app : "\(app):\(instance)"
        namespace = object["namespace"]?.stringValue ?? ""
        isAsWanted = object["as_wanted"]?.boolValue ?? (state == "online")
        pid = object["pid"]?.integerValue
        uptimeMilliseconds = object["uptime_ms"]?.integerValue
        restarts = object["restarts"]?.integerValue ?? 0
        cpuPercent = object["cpu_percent"]?.numberValue
        memoryBytes = object["memory_bytes"]?.integerValue
        heapBytes = object["heap_used_bytes"]?.integerValue
        reason = object["reason"]?.stringValue
        statusText = object["status_text"]?.stringValue
        whatsapp = object["whatsapp"]?.stringValue
    }

    /// The figures of this moment.
    var moment: Moment {
        Moment(
            cpuPercent: cpuPercent,
            memoryBytes: memoryBytes.map { Double($0) },
            heapBytes: heapBytes.map { Double($0) },
            requestsPerSecond: requests?.perSecond,
            p95Milliseconds: requests?.p95Milliseconds,
            errorPercent: requests?.errorPercent
        )
    }

    /// Everything, as the page gets it.
    var json: JSONObject {
        [
            "name": .string(name), "app": .string(app), "instance": .integer(Int64(instance)),
            "namespace": .string(namespace), "state": .string(state), "as_wanted": .bool(isAsWanted),
            "pid": .optional(pid), "uptime_ms": .optional(uptimeMilliseconds), "restarts": .integer(restarts),
            "cpu_percent": .rounded(cpuPercent, 2), "memory_bytes": .optional(memoryBytes),
            "heap_bytes": .optional(heapBytes), "reason": .optional(reason),
            "status_text": .optional(statusText), "whatsapp": .optional(whatsapp),
            "requests": requests.map { .object($0.json) } ?? .null,
            "dropped_lines": .optional(droppedLines), "dropped_bytes": .optional(droppedBytes),
        ]
    }

    /// What changes from second to second: uptime, cpu, memory, heap, requests a second, p95, errors.
    var sample: JSONValue {
        [
            .optional(uptimeMilliseconds), .rounded(cpuPercent, 2), .optional(memoryBytes),
            .optional(heapBytes), .rounded(requests?.perSecond, 2),
            .rounded(requests?.p95Milliseconds, 2), .rounded(requests?.errorPercent, 2),
        ]
    }

    /// Whether only such figures differ.
    func differsInFiguresOnly(from other: ProcessReading) -> Bool {
        name == other.name && state == other.state && isAsWanted == other.isAsWanted && pid == other.pid
            && restarts == other.restarts && reason == other.reason && statusText == other.statusText
            && whatsapp == other.whatsapp && droppedLines == other.droppedLines
            && droppedBytes == other.droppedBytes
    }
}

/// What a worker tells of the requests of the last minute.
struct RequestReading: Sendable, Equatable {
    /// Requests a second.
    var perSecond: Double
    /// 95 % took less.
    var p95Milliseconds: Double?
    /// The part that failed by the app's fault.
    var errorPercent: Double?

    /// Reads `details.requests` of a worker's status; `nil` when there is none.
    init?(_ json: JSONValue?) {
        guard let object = json?.objectValue, let rate = object["requests_per_second"]?.numberValue else {
            return nil
        }
        perSecond = rate
        p95Milliseconds = object["p95_ms"]?.numberValue
        errorPercent = object["error_rate"]?.numberValue.map { $0 * 100 }
    }

    /// As the page gets it.
    var json: JSONObject {
        [
            "per_second": .rounded(perSecond, 2), "p95_ms": .rounded(p95Milliseconds, 2),
            "error_percent": .rounded(errorPercent, 2),
        ]
    }
}
