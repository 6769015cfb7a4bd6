import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

/// The command `report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Report on longer times.",
        subcommands: [CapacityReportCommand.self]
    )
}

/// The command `report capacity`.
struct CapacityReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity",
        abstract: "Show what everything took, how it grows, and when it reaches its limit."
    )

    @OptionGroup var gateway: GatewayOptions
    @Option(parsing: .unconditional, help: "How many days back, at most 365.")
    var days: Int64 = 14
    @Flag(help: "JSON for scripts.")
    var json = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard (1...365).contains(days) else {
                throw CommandFailure("--days=\(days) is not from 1 to 365", .usage, hint: "write --days=30")
            }
            let reply = try gateway.call("Capacity", [("days", .integer(days))])
            if json {
                Output.json(reply)
            } else {
                Output.write(Self.text(reply, gateway.common.style))
            }
        }
    }

    /// Everything, each line ended.
    static func text(_ reply: JSONObject, _ style: Style) -> String {
        var table = PlainTable(header: [
            "process", "since", "cpu mean", "p95", "most", "memory mean", "most", "now", "a day", "limit",
            "reached in",
        ])
        let processes = reply["processes"]?.arrayValue ?? []
        for process in processes { table.rows.append(row(process, process["process"]?.stringValue, style)) }
        let processors = reply["processors"]?.integerValue ?? 1
        if let host = reply["host"], host != .null {
            table.rows.append(row(host, "host, \(processors) cores", style))
        }
        guard !table.rows.isEmpty else { return "nothing is known yet; the gateway has just begun to look\n" }
        var text = table.text(style)
        if let size = reply["disk_bytes"]?.integerValue, size > 0,
            let free = reply["disk_available_bytes"]?.integerValue
        {
            text += "disk: \(ByteCount(free)) of \(ByteCount(size)) are free\n"
        }
        if table.rows.contains(where: { $0[8] == style.dash }) {
            text += "growth is told of what was measured on three days and more\n"
        }
        return text
    }

    private static func row(_ process: JSONValue, _ name: String?, _ style: Style) -> [String] {
        func percent(_ value: JSONValue?) -> String {
            value?.numberValue.map { "\(tenths($0)) %" } ?? style.dash
        }
        func bytes(_ value: JSONValue?) -> String { value?.numberValue.map(size) ?? style.dash }
        let (cpu, memory) = (process["cpu"], process["memory"])
        // What the limit is for is what grows towards it.
        let isOfHeap = process["limit_of"]?.stringValue == "heap"
        let growth = (isOfHeap ? process["heap"] : memory)?["growth_per_day"]?.numberValue
        let day = process["since"]?.integerValue.map {
            String(Clocks.timestamp(of: $0 * 1_000_000_000).prefix(10))
        }
        let limit = process["limit_bytes"]?.integerValue.map {
            "\(ByteCount($0))\(isOfHeap ? " of heap" : "")"
        }
        return [
            name ?? style.dash, day ?? style.dash, percent(cpu?["average"]), percent(cpu?["p95"]),
            percent(cpu?["maximum"]), bytes(memory?["average"]), bytes(memory?["maximum"]),
            bytes(memory?["last"]), growth.map { ($0 < 0 ? "-" : "+") + size(abs($0)) } ?? style.dash,
            limit ?? style.dash, process["days_until_limit"]?.numberValue.map(time) ?? style.dash,
        ]
    }

    private static func size(_ bytes: Double) -> String {
        "\(ByteCount(Int64(min(max(bytes, 0), 9e18))))"
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int64((min(max(number, 0), 1e9) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func time(_ days: Double) -> String {
        switch days {
        case 0: "now"
        case ..<2: "\(Int64((days * 24).rounded(.up))) h"
        default: "\(Int64(days.rounded())) d"
        }
    }
}
