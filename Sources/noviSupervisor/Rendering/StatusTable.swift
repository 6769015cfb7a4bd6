import Shared
import SupervisorClient

/// The table of `status`: snapshot in, text out.
struct StatusTable {
    /// One row.
    struct Row {
        var id: String
        var name: String
        var namespace: String
        var state: String
        var pid: String
        var uptime: String
        var restarts: String
        var cpu: String
        var memory: String
        var heap: String
        var whatsApp: String?
        var reason: String?
    }

    /// A column.
    private struct Column {
        var title: String
        var value: @Sendable (Row) -> String?
        var alignsRight: Bool
        /// From which width of the terminal on the column is shown.
        var level: Int
    }

    private let rows: [Row]
    private let style: Style

    /// Makes a table of the interface's `Process` objects.
    init(_ processes: [JSONValue], _ style: Style) {
        self.style = style
        rows = processes.map { Row($0, style) }
    }

    /// The columns; the one of WhatsApp only when something keeps a link to it.
    private var columns: [Column] {
        let linked = rows.contains { $0.whatsApp != nil }
        return Self.columns.filter { $0.title != "whatsapp" || linked }
    }

    private static var columns: [Column] {
        [
            Column(title: "id", value: { $0.id }, alignsRight: true, level: 1),
            Column(title: "name", value: { $0.name }, alignsRight: false, level: 0),
            Column(title: "namespace", value: { $0.namespace }, alignsRight: false, level: 3),
            Column(title: "state", value: { $0.state }, alignsRight: false, level: 0),
            Column(title: "pid", value: { $0.pid }, alignsRight: true, level: 2),
            Column(title: "uptime", value: { $0.uptime }, alignsRight: true, level: 0),
            Column(title: "restarts", value: { $0.restarts }, alignsRight: true, level: 1),
            Column(title: "cpu", value: { $0.cpu }, alignsRight: true, level: 2),
            Column(title: "memory", value: { $0.memory }, alignsRight: true, level: 1),
            Column(title: "heap", value: { $0.heap }, alignsRight: true, level: 3),
            Column(title: "whatsapp", value: { $0.whatsApp }, alignsRight: false, level: 2),
        ]
    }

    /// The table, each line ended.
    ///
    /// - Parameter height: How many lines there is room for; where that is too few the last one says how many processes are
    ///   not shown.
    /// - Returns: The lines.
    func text(height: Int? = nil) -> String {
        guard !rows.isEmpty else { return "no apps; start one with: noviSupervisor start [FILE | COMMAND]\n" }
        let columns = fittingColumns()
        let widths = widths(of: columns)
        let header = line(columns, widths, columns.map(\.title)) { title, _ in style.paint(title, .bold) }
        let blocks = rows.map { row in
            let values = zip(columns, widths).map { cut($0.value(row) ?? style.dash, to: $1) }
            let text = line(columns, widths, values) { value, column in
                switch column.title {
                case "state": style.paint(value, Style.color(ofState: row.state))
                case "whatsapp": style.paint(value, row.whatsApp.flatMap(LinkState.color))
                default: value
                }
            }
            return [text] + (row.reason.map { [reasonLine($0)] } ?? [])
        }
        return header + fitting(blocks, into: height.map { $0 - 1 }).joined()
    }

    /// The lines of processes that there is room for, and a last one that counts the others.
    private func fitting(_ blocks: [[String]], into height: Int?) -> [String] {
        let all = blocks.flatMap(\.self)
        guard let height, all.count > height else { return all }
        var lines: [String] = []
        for (index, block) in blocks.enumerated() {
            guard lines.count + block.count < height else {
                return lines + ["\(style.ellipsis) and \(blocks.count - index) more\n"]
            }
            lines += block
        }
        return lines
    }

    private func line(
        _ columns: [Column],
        _ widths: [Int],
        _ values: [String],
        _ paint: (String, Column) -> String
    ) -> String {
        var cells: [String] = []
        for (index, column) in columns.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - values[index].count))
            let value = paint(values[index], column)
            let isLast = index == columns.count - 1
            cells.append(column.alignsRight ? padding + value : isLast ? value : value + padding)
        }
        return cells.joined(separator: "  ") + "\n"
    }

    private func reasonLine(_ reason: String) -> String {
        let text = "    \(style.plain(reason))"
        return style.paint(cut(text, to: max(8, style.width ?? .max)), .gray) + "\n"
    }

    private func cut(_ text: String, to width: Int) -> String {
        text.count > width ? text.prefix(width - style.ellipsis.count) + style.ellipsis : text
    }

    /// The width of each column; long names give way when even the fewest columns do not fit.
    private func widths(of columns: [Column]) -> [Int] {
        var widths = columns.map { column in
            rows.reduce(column.title.count) { max($0, (column.value($1) ?? style.dash).count) }
        }
        let needed = widths.reduce(0) { $0 + $1 + 2 } - 2
        if let width = style.width, needed > width,
            let name = columns.firstIndex(where: { $0.title == "name" })
        {
            widths[name] = max(Self.narrowestName, widths[name] - (needed - width))
        }
        return widths
    }

    private static let narrowestName = 8

    /// All columns that fit, the least important left out first.
    private func fittingColumns() -> [Column] {
        guard let width = style.width else { return columns }
        for level in [3, 2, 1] {
            let columns = columns.filter { $0.level <= level }
            let needed = columns.reduce(0) { sum, column in
                sum + 2 + rows.reduce(column.title.count) { max($0, (column.value($1) ?? style.dash).count) }
            }
            if needed - 2 <= width { return columns }
        }
        return columns.filter { $0.level == 0 }
    }
}

extension StatusTable.Row {
    /// Reads a `Process` object.
    init(_ process: JSONValue, _ style: Style) {
        let instance = process["instance"]?.integerValue ?? 0
        let app = process["name"]?.stringValue ?? "?"
        func number(_ key: String) -> Int64? { process[key]?.integerValue }
        id = number("id").map { "\($0)" } ?? style.dash
        name = instance == 0 ? app : "\(app):\(instance)"
        namespace = process["namespace"]?.stringValue ?? style.dash
        state = process["state"]?.stringValue ?? "?"
        pid = number("pid").map { "\($0)" } ?? style.dash
        uptime = number("uptime_ms").map { Duration.milliseconds($0).columnText } ?? style.dash
        restarts = number("restarts").map { "\($0)" } ?? style.dash
        cpu = process["cpu_percent"]?.numberValue.map { "\(Self.tenths($0))%" } ?? style.dash
        memory = number("memory_bytes").map { ByteCount($0).description } ?? style.dash
        heap = number("heap_used_bytes").map { ByteCount($0).description } ?? style.dash
        whatsApp = process["whatsapp"]?.stringValue
        reason = process["reason"]?.stringValue ?? process["status_text"]?.stringValue
    }

    private static func tenths(_ value: Double) -> String {
        guard let tenths = Int64(exactly: (value * 10).rounded()) else { return "?" }
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
