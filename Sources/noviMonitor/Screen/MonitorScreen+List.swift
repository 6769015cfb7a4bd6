import Shared
import SupervisorClient

/// The table of processes.
extension MonitorScreen {
    /// A column of the table.
    private struct Column {
        var title: String
        var width: Int
        var alignsRight = true
        var text: (ProcessRow) -> String
        var style: (ProcessRow) -> CellStyle = { _ in .plain }
    }

    mutating func drawList() {
        let area = layout.list
        let columns = columns(area.columns)
        var column = 1
        for entry in columns {
            let text = entry.alignsRight ? padded(entry.title, entry.width) : entry.title
            grid.write(text, row: area.row, column: column, width: entry.width, .bold)
            column += entry.width + 1
        }
        guard !model.rows.isEmpty else {
            let text =
                model.snapshot == nil ? "" : "no apps; start one with: noviSupervisor start [FILE | COMMAND]"
            grid.write(text, row: area.row + 1, column: 1)
            return
        }
        let end = min(model.rows.count, model.listTop + layout.listRows)
        for index in model.listTop..<max(model.listTop, end) {
            drawRow(model.rows[index], columns, row: area.row + 1 + index - model.listTop)
        }
        drawMore(area, end)
    }

    private mutating func drawRow(_ process: ProcessRow, _ columns: [Column], row: Int) {
        let isSelected = process.id == model.selectedID
        var column = 1
        for entry in columns {
            let text = cut(entry.text(process), to: entry.width)
            let shown = entry.alignsRight ? padded(text, entry.width) : text
            grid.write(shown, row: row, column: column, width: entry.width, entry.style(process))
            column += entry.width + 1
        }
        guard isSelected else { return }
        grid.write(">", row: row, column: 0, .bold)
        // The one that keys act on is on a bar while they do.
        let isActive = model.focus == .list
        grid.restyle(row: row, column: 0, columns: model.size.columns) { style in
            if isActive { style.isReversed = true }
            style.isBold = true
        }
    }

    /// How many more there are than fit, at the right end of the head.
    private mutating func drawMore(_ area: Area, _ end: Int) {
        guard model.rows.count > layout.listRows else { return }
        let text = " \(model.listTop + 1)-\(end) of \(model.rows.count) "
        grid.write(
            text,
            row: area.row,
            column: max(0, area.columns - text.count),
            CellStyle(isReversed: true)
        )
    }

    private func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - TextCells.width(of: text))) + text
    }

    // MARK: - Columns

    /// The columns that fit; sparklines get what is left over.
    private func columns(_ room: Int) -> [Column] {
        let isRoomy = room >= MonitorLayout.wideColumns
        let longest = model.rows.map { TextCells.width(of: $0.name) }.max() ?? 4
        let nameWidth = min(max(8, longest), isRoomy ? 28 : 13)
        var columns = [
            Column(
                title: "name",
                width: nameWidth,
                alignsRight: false,
                text: { $0.name },
                style: { _ in .bold }
            ),
            Column(
                title: "state",
                width: isRoomy ? 15 : 9,
                alignsRight: false,
                text: { $0.state },
                style: { CellStyle(color: Self.color(ofState: $0.state), isBold: !$0.isAsWanted) }
            ),
        ]
        if isRoomy { columns.append(Column(title: "pid", width: 7, text: { pid($0) })) }
        columns.append(Column(title: "up", width: 4, text: { uptime($0) }))
        columns.append(
            Column(
                title: isRoomy ? "restarts" : "rst",
                width: isRoomy ? 8 : 3,
                text: { "\($0.restarts)" },
                style: { .colored($0.restarts > 0 ? .yellow : nil) }
            )
        )
        let fixed = columns.reduce(1) { $0 + $1.width + 1 }
        let figures = [6, 5, 5]
        let forSparks = room - fixed - figures.reduce(0) { $0 + $1 + 2 }
        let reasonWidth = room >= 170 ? max(0, forSparks - 3 * 20 - 1) : 0
        let spark = min(
            SampleRing.capacity,
            max(4, (forSparks - (reasonWidth > 0 ? reasonWidth + 1 : 0)) / 3)
        )
        columns += figure("cpu", figures[0], spark, .cyan, floor: 10, { cpu($0) }, \.cpu)
        columns += figure(
            "mem",
            figures[1],
            spark,
            .blue,
            floor: 1_048_576,
            { bytes($0.memoryBytes) },
            \.memory
        )
        columns += figure(
            "heap",
            figures[2],
            spark,
            .magenta,
            floor: 1_048_576,
            { bytes($0.heapBytes) },
            \.heap
        )
        if reasonWidth > 0 {
            columns.append(
                Column(
                    title: "why",
                    width: reasonWidth,
                    alignsRight: false,
                    text: { $0.reason ?? $0.statusText ?? "" }
                )
            )
        }
        return columns
    }

    private func figure(
        _ title: String,
        _ width: Int,
        _ spark: Int,
        _ color: CellStyle.Color,
        floor: Double,
        _ text: @escaping (ProcessRow) -> String,
        _ ring: KeyPath<UsageHistory, SampleRing>
    ) -> [Column] {
        let line: (ProcessRow) -> String = { row in
            let samples = model.history[row.id]?[keyPath: ring].samples ?? []
            return Sparkline.text(samples, width: spark, floor: floor, hasUnicode: model.hasUnicode)
        }
        return [
            Column(title: title, width: width, text: text),
            Column(title: "", width: spark, alignsRight: false, text: line, style: { _ in .colored(color) }),
        ]
    }

    private func pid(_ row: ProcessRow) -> String { row.pid.map { "\($0)" } ?? dash }

    private func uptime(_ row: ProcessRow) -> String {
        row.uptimeMilliseconds.map { Duration.milliseconds($0).columnText } ?? dash
    }

    private func bytes(_ count: Int64?) -> String { count.map { ShortBytes.text($0) } ?? dash }

    private func cpu(_ row: ProcessRow) -> String {
        guard let percent = row.cpuPercent, let tenths = Int64(exactly: (percent * 10).rounded()) else {
            return dash
        }
        return percent >= 1000 ? "\(tenths / 10)%" : "\(tenths / 10).\(abs(tenths % 10))%"
    }
}
