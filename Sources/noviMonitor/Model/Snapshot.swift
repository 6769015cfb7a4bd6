import Shared
import SupervisorClient

/// One process as `List` tells it.
struct ProcessRow: Hashable, Sendable {
    var id: Int
    /// `api` or `api:1`.
    var name: String
    /// What means this process alone, whatever other instances there are.
    var selection: String { "\(app):\(instance)" }
    var app: String
    var instance: Int
    var state: String
    var pid: Int64?
    var uptimeMilliseconds: Int64?
    var restarts: Int64
    var cpuPercent: Double?
    var memoryBytes: Int64?
    var heapBytes: Int64?
    /// Why it is not well.
    var reason: String?
    /// What it says of itself.
    var statusText: String?
    /// The state of the link to WhatsApp that it keeps.
    var linkState: String?
    /// Whether it is a bridge to WhatsApp; one that does not run has no state of its link.
    var isBridge: Bool { linkState != nil || app == "whatsapp" }
    var isAsWanted: Bool

    /// Reads a `Process` object; what others wrote is cleaned.
    init(_ process: JSONValue, _ clean: CleanText) {
        func number(_ key: String) -> Int64? { process[key]?.integerValue }
        func text(_ key: String) -> String? { process[key]?.stringValue.map { clean.clean($0) } }
        id = Int(number("id") ?? 0)
        app = text("name") ?? "?"
        instance = Int(number("instance") ?? 0)
        name = clean.clean(Listing.name(process))
        state = text("state") ?? "?"
        pid = number("pid")
        uptimeMilliseconds = number("uptime_ms")
        restarts = number("restarts") ?? 0
        cpuPercent = process["cpu_percent"]?.numberValue
        memoryBytes = number("memory_bytes")
        heapBytes = number("heap_used_bytes")
        reason = text("reason")
        statusText = text("status_text")
        linkState = text("whatsapp")
        isAsWanted = process["as_wanted"]?.boolValue ?? false
    }
}

/// The daemon and its processes at one moment.
struct Snapshot: Hashable, Sendable {
    var pid: Int64
    var version: String
    var uptimeMilliseconds: Int64
    var rows: [ProcessRow]
}

/// The machine at one moment, each part from 0 to 100; `nil` where it is not known.
struct HostFigures: Hashable, Sendable {
    var cpuPercent: Double?
    var memoryPercent: Double?
    var memoryBytes: Int64?
    var diskPercent: Double?
    var diskFreeBytes: Int64?
    /// The folder whose disk is meant: that of the logs.
    var diskFolder: String

    /// From here on a figure is marked (row A12: cpu 80, memory 85, disk 90).
    static let cpuLimit = 80.0
    static let memoryLimit = 85.0
    static let diskLimit = 90.0
}

/// The last samples of one figure; old ones give way.
struct SampleRing: Hashable, Sendable {
    /// As many as the widest sparkline shows.
    static let capacity = 60
    private(set) var samples: [Double?] = []

    mutating func append(_ sample: Double?) {
        if samples.count == Self.capacity { samples.removeFirst() }
        samples.append(sample)
    }
}

/// How the figures of one process went.
struct UsageHistory: Hashable, Sendable {
    var cpu = SampleRing()
    var memory = SampleRing()
    var heap = SampleRing()

    mutating func note(_ row: ProcessRow) {
        cpu.append(row.cpuPercent)
        memory.append(row.memoryBytes.map(Double.init))
        heap.append(row.heapBytes.map(Double.init))
    }
}
