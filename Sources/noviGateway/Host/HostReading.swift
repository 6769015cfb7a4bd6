import Shared

/// How the machine is.
struct HostReading: Sendable, Equatable {
    /// Busy time of all processors since the last look, in percent of all; `nil` at the first look.
    var cpuPercent: Double?

    /// Processors that we may use.
    var processors = 1

    /// All memory, in bytes.
    var memoryBytes: Int64 = 0

    /// What programs could still take of it, in bytes.
    var memoryAvailableBytes: Int64 = 0

    /// The size of the file system of the supervisor's folder, in bytes.
    var diskBytes: Int64 = 0

    /// What is free there for ordinary users, in bytes.
    var diskAvailableBytes: Int64 = 0

    /// Memory that is taken, in percent.
    var memoryPercent: Double? { Self.percent(memoryBytes - memoryAvailableBytes, of: memoryBytes) }

    /// Disk that is taken, in percent.
    var diskPercent: Double? { Self.percent(diskBytes - diskAvailableBytes, of: diskBytes) }

    private static func percent(_ part: Int64, of all: Int64) -> Double? {
        all > 0 ? Double(part) / Double(all) * 100 : nil
    }

    /// As the page gets it.
    var json: JSONObject {
        [
            "cpu_percent": .rounded(cpuPercent, 1), "processors": .integer(Int64(processors)),
            "memory_bytes": .integer(memoryBytes), "memory_percent": .rounded(memoryPercent, 1),
            "memory_available_bytes": .integer(memoryAvailableBytes),
            "disk_bytes": .integer(diskBytes), "disk_percent": .rounded(diskPercent, 1),
            "disk_available_bytes": .integer(diskAvailableBytes),
        ]
    }
}

extension JSONValue {
    /// A number with so many digits behind the point at the most; `null` for none.
    static func rounded(_ number: Double?, _ digits: Int) -> JSONValue {
        guard let number, number.isFinite else { return .null }
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let value = (number * factor).rounded() / factor
        if let whole = Int64(exactly: value) { return .integer(whole) }
        return .number(value)
    }

    /// A whole number, or `null`.
    static func optional(_ number: Int64?) -> JSONValue { number.map { .integer($0) } ?? .null }

    /// A text, or `null`.
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
