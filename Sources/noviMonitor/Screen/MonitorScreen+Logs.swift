import SupervisorCore

/// The pane of logs.
extension MonitorScreen {
    mutating func drawTitle(_ area: Area, _ text: String, isFocused: Bool) {
        grid.fill(row: area.row, column: area.column, columns: area.columns, rule, isFocused ? .bold : .dim)
        let shown = cut(" \(text) ", to: area.columns - 2)
        grid.write(
            shown,
            row: area.row,
            column: area.column + 1,
            isFocused ? CellStyle(isBold: true, isReversed: true) : .bold
        )
    }

    mutating func drawLogs(_ area: Area) {
        drawTitle(area, logTitle, isFocused: model.focus == .logs)
        let rows = area.rows - 1
        guard rows > 0 else { return }
        let logs = model.logs
        guard !logs.shown.isEmpty else {
            grid.write(cut(emptyLog, to: area.columns - 2), row: area.row + 1, column: area.column + 1, .dim)
            return
        }
        // Upwards from the last line until the pane is full.
        var pieces: [(line: LogLine, part: Range<Int>, isFirst: Bool)] = []
        let nameWidth = logNameWidth
        let width = max(1, area.columns - prefixWidth(nameWidth))
        for index in stride(from: logs.bottomIndex, through: 0, by: -1) where pieces.count < rows {
            let line = logs.shown[index]
            let parts = logs.wraps ? Self.parts(of: line.text, width: width) : [0..<Int.max]
            for (number, part) in parts.enumerated().reversed() { pieces.append((line, part, number == 0)) }
        }
        for (offset, piece) in pieces.prefix(rows).reversed().enumerated() {
            drawLine(piece.line, piece.part, piece.isFirst, nameWidth, area, row: area.row + 1 + offset)
        }
    }

    private var logTitle: String {
        let logs = model.logs
        var words = ["logs: \(scopeName)"]
        if logs.scope.isPrevious { words.append("previous run") }
        if let level = logs.lowestLevel { words.append("\(level.name) and worse") }
        if let filter = logs.filter { words.append("only \(model.clean.clean(filter.text))") }
        if let search = logs.search { words.append("/\(model.clean.clean(search.text))") }
        if logs.wraps { words.append("wrapped") }
        if logs.bottom == nil {
            words.append(logs.scope.isPrevious ? "end" : "following")
        } else {
            words.append(logs.unseen > 0 ? "\(logs.unseen) more below" : "stopped")
        }
        return words.joined(separator: dot)
    }

    private var scopeName: String {
        guard let process = model.logs.scope.process else { return "all" }
        return model.rows.first { $0.selection == process }?.name ?? process
    }

    private var emptyLog: String {
        let logs = model.logs
        if let trouble = logs.trouble { return trouble }
        if !logs.lines.isEmpty {
            return "none of \(logs.lines.count) lines is shown; Esc takes the filter away, v the level"
        }
        return logs.scope.isPrevious ? "no run before this one wrote anything" : "nothing was written yet"
    }

    private var logNameWidth: Int {
        guard model.logs.scope.process == nil else { return 0 }
        return min(16, model.rows.map { TextCells.width(of: $0.name) }.max() ?? 0)
    }

    /// Level, time, name and stream before each line.
    private func prefixWidth(_ nameWidth: Int) -> Int {
        2 + (model.logs.showsTimes ? 9 : 0) + (nameWidth > 0 ? nameWidth + 1 : 0) + 2
    }

    private mutating func drawLine(
        _ line: LogLine,
        _ part: Range<Int>,
        _ isFirst: Bool,
        _ nameWidth: Int,
        _ area: Area,
        row: Int
    ) {
        let end = area.column + area.columns
        var column = area.column
        let style = Self.style(of: line.level)
        let isFound = model.logs.found == line.sequence
        if isFirst { grid.write(isFound ? ">" : Self.mark(of: line.level), row: row, column: column, style) }
        column += 2
        if model.logs.showsTimes {
            if isFirst { grid.write(line.time, row: row, column: column, .dim) }
            column += 9
        }
        if nameWidth > 0 {
            if isFirst {
                grid.write(
                    cut(line.process, to: nameWidth),
                    row: row,
                    column: column,
                    .colored(color(of: line.process))
                )
            }
            column += nameWidth + 1
        }
        grid.write(
            isFirst ? (line.isError ? "!" : bar) : " ",
            row: row,
            column: column,
            line.isError ? .colored(.red) : .dim
        )
        column += 2
        drawText(line, part, style, row: row, column: column, end: end)
    }

    private mutating func drawText(
        _ line: LogLine,
        _ part: Range<Int>,
        _ style: CellStyle,
        row: Int,
        column start: Int,
        end: Int
    ) {
        let ranges = model.logs.search?.ranges(in: line.text) ?? []
        let isCut = part.upperBound == .max && TextCells.width(of: line.text) > end - start
        let limit = isCut ? end - 1 : end
        var column = start
        for letter in TextCells(line.text) where part.contains(letter.bytes.lowerBound) {
            guard column + letter.width <= limit else { break }
            let isHit = ranges.contains { $0.overlaps(letter.bytes) }
            let look = isHit ? CellStyle(color: .yellow, isBold: true, isReversed: true) : style
            column += grid.write(letter.text, row: row, column: column, look)
        }
        if isCut { grid.write(model.hasUnicode ? "…" : ">", row: row, column: end - 1, .dim) }
    }

    /// Where a line is broken, in bytes; at least one part.
    ///
    /// - Parameters:
    ///   - text: The line.
    ///   - width: The columns that there are.
    ///   - atWords: Whether it is broken behind a space where there is one.
    /// - Returns: The parts one after the other; nothing is left out.
    static func parts(of text: String, width: Int, atWords: Bool = false) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var used = 0
        // Behind the last space, and the columns since.
        var word = (start: 0, used: 0)
        for letter in TextCells(text) {
            if used + letter.width > width, used > 0 {
                let isBetweenWords = atWords && word.start > start && letter.text != " "
                let end = isBetweenWords ? word.start : letter.bytes.lowerBound
                parts.append(start..<end)
                used = isBetweenWords ? word.used : 0
                start = end
            }
            used += letter.width
            word.used += letter.width
            if letter.text == " " { word = (letter.bytes.upperBound, 0) }
        }
        parts.append(start..<max(start + 1, text.utf8.count))
        return parts
    }

    /// A letter for what is worth one: colour alone says nothing to many.
    static func mark(of level: LogLevel) -> String {
        switch level {
        case .critical: "C"
        case .error: "E"
        case .warning: "W"
        case .notice: "N"
        case .info: " "
        case .debug: "D"
        case .trace: "T"
        }
    }

    static func style(of level: LogLevel) -> CellStyle {
        switch level {
        case .critical: CellStyle(color: .red, isBold: true)
        case .error: CellStyle(color: .red)
        case .warning: CellStyle(color: .yellow)
        case .notice: .bold
        case .info: .plain
        case .debug, .trace: .dim
        }
    }

    private func color(of process: String) -> CellStyle.Color {
        let colors: [CellStyle.Color] = [.cyan, .green, .magenta, .yellow, .blue]
        let place = model.rows.firstIndex { $0.name == process } ?? 0
        return colors[place % colors.count]
    }
}
