import Shared
import SupervisorClient

/// The whole screen: model in, grid out.
struct MonitorScreen {
    let model: MonitorModel
    let layout: MonitorLayout
    var grid: Grid

    private init(_ model: MonitorModel) {
        self.model = model
        layout = model.layout
        grid = Grid(model.size)
    }

    /// Draws a model.
    static func draw(_ model: MonitorModel) -> Grid {
        var screen = MonitorScreen(model)
        let smallest = MonitorLayout.smallest
        guard model.size.columns >= smallest.columns, model.size.rows >= smallest.rows else {
            let text = "\(model.size.columns)x\(model.size.rows) is too small; 80x24 is needed"
            screen.grid.write(text, row: 0, column: 0)
            return screen.grid
        }
        screen.drawHead()
        screen.drawList()
        if let area = screen.layout.logs { screen.drawLogs(area) }
        if let area = screen.layout.details { screen.drawDetails(area) }
        screen.drawSeparator()
        screen.drawFoot()
        screen.drawDialog()
        return screen.grid
    }

    // MARK: - Signs

    var dash: String { model.hasUnicode ? "–" : "-" }
    var ellipsis: String { model.hasUnicode ? "…" : "..." }
    var dot: String { model.hasUnicode ? " · " : " | " }
    var rule: String { model.hasUnicode ? "─" : "-" }
    var bar: String { model.hasUnicode ? "│" : "|" }

    /// The text cut to a width, with a sign that it was.
    func cut(_ text: String, to width: Int) -> String {
        guard width > 0 else { return "" }
        guard TextCells.width(of: text) > width else { return text }
        let room = width - ellipsis.unicodeScalars.count
        guard room > 0 else { return String(text.prefix(1)) }
        var result = ""
        var used = 0
        for letter in TextCells(text) {
            guard used + letter.width <= room else { break }
            result += letter.text
            used += letter.width
        }
        return result + ellipsis
    }

    // MARK: - The head

    private mutating func drawHead() {
        drawTitle()
        drawHost(row: 1)
        if layout.hasNoviLine { drawNovi(row: 2) }
    }

    private mutating func drawTitle() {
        let columns = model.size.columns
        grid.fill(row: 0, column: 0, columns: columns, " ", CellStyle(isReversed: true))
        let style = CellStyle(isBold: true, isReversed: true)
        var parts = ["Novi monit"]
        if model.isReadOnly { parts.append("READ-ONLY") }
        if let reason = model.awayReason {
            parts.append(reason == "connecting" ? "connecting" : "NO DAEMON: \(reason)")
        } else if let snapshot = model.snapshot {
            let uptime = Duration.milliseconds(snapshot.uptimeMilliseconds).columnText
            parts.append("daemon \(snapshot.version), pid \(snapshot.pid), up \(uptime)")
            parts.append(census(snapshot.rows))
        }
        let home = model.clean.clean(model.home)
        let text = " " + parts.joined(separator: dot)
        let left = grid.write(cut(text, to: columns - 1), row: 0, column: 0, style)
        let room = columns - left - 3
        guard room >= min(12, TextCells.width(of: home)) else { return }
        let shown = cut(home, to: room)
        grid.write(
            shown,
            row: 0,
            column: columns - TextCells.width(of: shown) - 1,
            CellStyle(isReversed: true)
        )
    }

    /// `3 apps, 1 not well`.
    private func census(_ rows: [ProcessRow]) -> String {
        let count = "\(rows.count) \(rows.count == 1 ? "process" : "processes")"
        let bad = rows.count { !$0.isAsWanted }
        return bad == 0 ? "\(count), all well" : "\(count), \(bad) not well"
    }

    private mutating func drawHost(row: Int) {
        var column = grid.write(" host      ", row: row, column: 0, .dim)
        guard let host = model.host else {
            grid.write(dash, row: row, column: column)
            return
        }
        let cpu = Sparkline.text(model.hostCPU.samples, width: 8, floor: 100, hasUnicode: model.hasUnicode)
        column += figure("cpu", host.cpuPercent, HostFigures.cpuLimit, " \(cpu)", row, column)
        let memory = host.memoryBytes.map { " of \(ShortBytes.text($0))" } ?? ""
        column += figure("memory", host.memoryPercent, HostFigures.memoryLimit, memory, row, column)
        let free = host.diskFreeBytes.map { ", \(ShortBytes.text($0)) free" } ?? ""
        column += figure("disk", host.diskPercent, HostFigures.diskLimit, free, row, column)
    }

    /// One figure against its limit: `cpu 12% (limit 80%)`.
    private mutating func figure(
        _ name: String,
        _ value: Double?,
        _ limit: Double,
        _ rest: String,
        _ row: Int,
        _ column: Int
    ) -> Int {
        let isAbove = (value ?? 0) >= limit
        let style =
            isAbove ? CellStyle(color: .red, isBold: true) : CellStyle(color: value == nil ? nil : .green)
        var used = grid.write("\(name) ", row: row, column: column)
        let text = value.map { "\(Int($0.rounded()))%" } ?? dash
        used += grid.write("\(text)\(isAbove ? "!" : "")", row: row, column: column + used, style)
        used += grid.write("/\(Int(limit))", row: row, column: column + used, .dim)
        used += grid.write("\(rest)   ", row: row, column: column + used)
        return used
    }

    private mutating func drawNovi(row: Int) {
        var column = grid.write(" novi      ", row: row, column: 0, .dim)
        if let bridge = model.rows.first(where: { $0.isBridge }) {
            column += drawLink(bridge, row, column)
        }
        if let database = model.rows.first(where: { $0.app == "database" }) {
            column += grid.write("database ", row: row, column: column)
            let style = CellStyle.colored(Self.color(ofState: database.state))
            column += grid.write(database.state, row: row, column: column, style)
            if let text = database.reason ?? database.statusText {
                let room = model.size.columns - column
                grid.write(cut(": \(text)", to: room), row: row, column: column)
            }
        }
    }

    private mutating func drawLink(_ bridge: ProcessRow, _ row: Int, _ start: Int) -> Int {
        var column = start
        column += grid.write("whatsapp ", row: row, column: column)
        guard bridge.pid != nil, let word = bridge.linkState ?? model.link.map({ model.clean.clean($0.word) })
        else {
            let style = CellStyle.colored(Self.color(ofState: bridge.state))
            column += grid.write("\(bridge.state)   ", row: row, column: column, style)
            return column - start
        }
        let style = CellStyle(color: Self.color(LinkState.color(word)), isBold: word != "ready")
        column += grid.write(word, row: row, column: column, style)
        if let link = model.link {
            let waiting = link.queue("waiting") + link.queue("sending")
            column += grid.write(", \(waiting) to send", row: row, column: column)
            let trouble = link.queue("failed") + link.queue("unknown") + link.queue("dead")
            if trouble > 0 {
                column += grid.write(", \(trouble) in trouble", row: row, column: column, .colored(.red))
            }
        }
        return column + grid.write("   ", row: row, column: column) - start
    }

    static func color(ofState state: String) -> CellStyle.Color? { color(Style.color(ofState: state)) }

    /// The colour of the command line as one of the terminal.
    private static func color(_ color: Style.Color?) -> CellStyle.Color? {
        switch color {
        case .green: .green
        case .yellow: .yellow
        case .red: .red
        case .blue: .blue
        case .magenta: .magenta
        case .cyan: .cyan
        case .gray, .bold, nil: nil
        }
    }

    // MARK: - The foot

    private mutating func drawFoot() {
        let columns = model.size.columns
        switch model.dialog {
        case .search(let text): drawPrompt("search (regular expression): ", text)
        case .filter(let text): drawPrompt("show only lines with: ", text)
        default:
            if let notice = model.notice {
                let style = notice.isTrouble ? CellStyle(color: .yellow, isBold: true) : CellStyle.bold
                grid.write(cut(" \(notice.text)", to: columns), row: layout.noticeRow, column: 0, style)
            } else if let row = model.selected, let reason = row.reason ?? row.statusText {
                grid.write(cut(" \(row.name): \(reason)", to: columns), row: layout.noticeRow, column: 0)
            }
        }
        drawKeys(row: layout.noticeRow + 1)
    }

    private mutating func drawPrompt(_ title: String, _ text: String) {
        let row = layout.noticeRow
        var column = 1 + grid.write(title, row: row, column: 1, .bold)
        // The end of a long text is what is being typed.
        var shown = Substring(model.clean.clean(text))
        let room = model.size.columns - column - 1
        while TextCells.width(of: String(shown)) > room { shown = shown.dropFirst() }
        column += grid.write(String(shown), row: row, column: column)
        grid.cursor = (row, column)
    }

    private mutating func drawKeys(row: Int) {
        var column = 0
        for (key, word) in keys {
            guard column + key.count + word.count + 3 <= model.size.columns else { break }
            column += grid.write(" ", row: row, column: column)
            column += grid.write(key, row: row, column: column, CellStyle(isReversed: true))
            column += grid.write(" \(word)", row: row, column: column)
        }
    }

    private var keys: [(String, String)] {
        let looking = [
            ("?", "help"), ("q", "quit"), ("Tab", "pane"), ("d", "details"), ("a", "all/one"),
            ("/", "search"), ("&", "filter"),
            ("v", "level"), ("p", "previous"),
        ]
        let changing = [("r", "restart"), ("s", "stop"), ("x", "signal"), ("c", "cleanup")]
        return model.isReadOnly ? looking : looking.prefix(2) + changing + looking.dropFirst(2)
    }
}

/// Bytes in a few letters, for columns.
enum ShortBytes {
    /// `812B`, `4.5K`, `812M`, `1.2G`.
    static func text(_ bytes: Int64) -> String {
        guard bytes >= 1024 else { return "\(max(0, bytes))B" }
        var value = Double(bytes)
        var unit = ""
        for next in ["K", "M", "G", "T", "P", "E"] where value >= 1000 {
            value /= 1024
            unit = next
        }
        guard value < 10 else { return "\(Int(value.rounded()))\(unit)" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)\(unit)"
    }
}
