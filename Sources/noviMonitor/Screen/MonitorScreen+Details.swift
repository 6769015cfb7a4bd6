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
    private static let firstTitles = ["state", "why", "next", "says"]

    /// What is there to be shown of the selected process.
    static func detailLines(_ model: MonitorModel) -> [DetailLine] {
        guard let selected = model.selected else { return [] }
        guard let description = model.description, description.process == selected.name else { return [] }
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

    mutating func drawDetails(_ area: Area) {
        let name = model.selected?.name ?? dash
        drawTitle(area, "details: \(name)", isFocused: model.focus == .details)
        let lines = Self.detailLines(model)
        guard !lines.isEmpty else {
            let text = model.selected == nil ? "no process is selected" : "asking the daemon"
            grid.write(text, row: area.row + 1, column: area.column + 1, .dim)
            return
        }
        var row = area.row + 1
        let end = area.row + area.rows
        for line in lines.dropFirst(min(model.detailTop, lines.count - 1)) {
            guard row < end else { break }
            row += drawDetail(line, area, row: row, rows: end - row)
        }
    }

    /// Draws a line, on several rows where it is long; returns how many.
    private mutating func drawDetail(_ line: DetailLine, _ area: Area, row: Int, rows: Int) -> Int {
        let hasTitle = !line.title.isEmpty
        let indent = hasTitle ? Self.titleColumns : 0
        if hasTitle {
            let title = cut(line.title, to: Self.titleColumns - 1)
            grid.write(title, row: row, column: area.column + 1, width: area.columns - 1, .dim)
        }
        let column = area.column + 1 + indent
        let width = max(8, area.columns - 2 - indent)
        let parts = Self.parts(of: line.text, width: width)
        for (offset, part) in parts.prefix(rows).enumerated() {
            var place = column
            for letter in TextCells(line.text) where part.contains(letter.bytes.lowerBound) {
                place += grid.write(letter.text, row: row + offset, column: place, line.style)
            }
        }
        return max(1, min(rows, parts.count))
    }

    mutating func drawSeparator() {
        guard layout.isWide, let logs = layout.logs else { return }
        for row in logs.row..<logs.row + logs.rows {
            grid.write(bar, row: row, column: logs.column + logs.columns, .dim)
        }
    }
}
