import SupervisorClient

/// The pane of details.
extension MonitorScreen {
    /// A line of the pane.
    struct DetailLine: Hashable {
        /// A title in front; the width of the titles' column is the same for all.
        var title: String
        var text: String
        var style: CellStyle = .plain
    }

    private static let titleColumns = 15
    /// What is looked for first stands first.
    private static let firstTitles = ["state", "why", "next", "says", "ready"]

    /// What is there to be shown of the selected process.
    static func detailLines(_ model: MonitorModel) -> [DetailLine] {
        guard let selected = model.selected else { return [] }
        guard let description = model.description, description.process == selected.selection else {
            return []
        }
        let page = description.page
        let clean = model.clean
        var lines: [DetailLine] = []
        let rows = page.rows.map { (title: $0.title, value: clean.clean($0.value)) }
        func append(_ row: (title: String, value: String)) {
            let style =
                row.title == "state" ? CellStyle(color: color(ofState: selected.state), isBold: true) : .plain
            lines.append(DetailLine(title: row.title, text: row.value, style: style))
        }
        for title in firstTitles { rows.filter { $0.title == title }.forEach(append) }
        let sections = page.sections
        func append(_ title: String, isNewestFirst: Bool) {
            guard let section = sections.first(where: { $0.title == title }) else { return }
            lines.append(DetailLine(title: "", text: ""))
            lines.append(DetailLine(title: "", text: title, style: .bold))
            let entries = isNewestFirst ? section.lines.reversed() : section.lines
            lines += entries.map { DetailLine(title: "", text: clean.clean($0)) }
        }
        append("last exits", isNewestFirst: true)
        append("what happened", isNewestFirst: true)
        lines.append(DetailLine(title: "", text: ""))
        rows.filter { !firstTitles.contains($0.title) }.forEach(append)
        if let curve = page.memoryCurve { lines.append(DetailLine(title: "memory curve", text: curve)) }
        append("environment", isNewestFirst: false)
        return lines
    }

    /// The lines broken to the width of the pane.
    static func detailRows(_ model: MonitorModel, columns: Int) -> [DetailLine] {
        detailLines(model).flatMap { line -> [DetailLine] in
            let indent = line.title.isEmpty ? 0 : titleColumns
            let bytes = Array(line.text.utf8)
            let parts = parts(of: line.text, width: max(8, columns - 2 - indent), atWords: true)
            return parts.enumerated().map { number, part in
                let text = String(decoding: bytes[part.clamped(to: 0..<bytes.count)], as: UTF8.self)
                let space = String(repeating: " ", count: number == 0 ? 0 : indent)
                return DetailLine(title: number == 0 ? line.title : "", text: space + text, style: line.style)
            }
        }
    }

    mutating func drawDetails(_ area: Area) {
        let name = model.selected?.name ?? dash
        drawTitle(area, "details: \(name)", isFocused: model.focus == .details)
        let rows = Self.detailRows(model, columns: area.columns)
        guard !rows.isEmpty else {
            let text = model.selected == nil ? "no process is selected" : "asking the daemon"
            grid.write(text, row: area.row + 1, column: area.column + 1, .dim)
            return
        }
        for (offset, line) in rows.dropFirst(model.detailTop).prefix(area.rows - 1).enumerated() {
            let row = area.row + 1 + offset
            var column = area.column + 1
            if !line.title.isEmpty {
                grid.write(cut(line.title, to: Self.titleColumns - 1), row: row, column: column, .dim)
                column += Self.titleColumns
            }
            grid.write(
                line.text,
                row: row,
                column: column,
                width: area.column + area.columns - column,
                line.style
            )
        }
        let hidden = rows.count - model.detailTop - (area.rows - 1)
        guard hidden > 0 else { return }
        let text = " \(hidden) more "
        grid.write(text, row: area.row, column: area.column + area.columns - text.count - 1, .dim)
    }

    mutating func drawSeparator() {
        guard layout.isWide, let logs = layout.logs else { return }
        for row in logs.row..<logs.row + logs.rows {
            grid.write(bar, row: row, column: logs.column + logs.columns, .dim)
        }
    }
}
