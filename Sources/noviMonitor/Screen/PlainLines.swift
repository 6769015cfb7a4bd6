import Shared
import SupervisorClient

/// A look as plain lines, for outputs that are no terminal: one for the host, one for each process.
enum PlainLines {
    /// The lines, each ended.
    ///
    /// - Parameters:
    ///   - snapshot: The processes.
    ///   - host: The machine.
    ///   - time: When, as each line begins.
    /// - Returns: The text.
    static func text(_ snapshot: Snapshot, _ host: HostFigures, time: String) -> String {
        var lines = [
            "host cpu \(percent(host.cpuPercent)) memory \(percent(host.memoryPercent)) disk \(percent(host.diskPercent))"
        ]
        lines += snapshot.rows.map { row in
            let uptime = row.uptimeMilliseconds.map { Duration.milliseconds($0).columnText } ?? "-"
            let figures = [
                "\(row.name) \(row.state)", "pid \(row.pid.map { "\($0)" } ?? "-")", "up \(uptime)",
                "restarts \(row.restarts)",
                "cpu \(tenths(row.cpuPercent))", "memory \(bytes(row.memoryBytes))",
                "heap \(bytes(row.heapBytes))",
            ]
            let reason = row.reason ?? row.statusText
            return figures.joined(separator: " ") + (reason.map { ": \($0)" } ?? "")
        }
        return lines.map { "\(time) \($0)\n" }.joined()
    }

    private static func percent(_ value: Double?) -> String { value.map { "\(Int($0.rounded()))%" } ?? "-" }

    private static func tenths(_ value: Double?) -> String {
        guard let value, let tenths = Int64(exactly: (value * 10).rounded()) else { return "-" }
        return "\(tenths / 10).\(abs(tenths % 10))%"
    }

    private static func bytes(_ count: Int64?) -> String { count.map { ShortBytes.text($0) } ?? "-" }
}
