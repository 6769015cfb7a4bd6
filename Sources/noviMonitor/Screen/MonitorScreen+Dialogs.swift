/// What lies over the screen.
extension MonitorScreen {
    mutating func drawDialog() {
        switch model.dialog {
        case .confirm(let action):
            drawBox([
                (action.question, .bold), ("", .plain), ("the same as:", .dim),
                ("  \(action.command(home: model.homeOption))", .plain), ("", .plain),
                ("y yes     n no", .bold),
            ])
        case .signals(let place, let row):
            var lines: [(String, CellStyle)] = [("Which signal for \(row.name)?", .bold), ("", .plain)]
            for (index, name) in ProcessAction.signals.enumerated() {
                let isChosen = index == place
                lines.append(
                    (
                        "\(isChosen ? ">" : " ") SIG\(name)",
                        isChosen ? CellStyle(isBold: true, isReversed: true) : .plain
                    )
                )
            }
            let action = model.action(.signal(ProcessAction.signals[place]), row)
            lines += [
                ("", .plain), ("the same as:", .dim), ("  \(action.command(home: model.homeOption))", .plain),
                ("", .plain),
                ("Enter goes on     Esc leaves", .bold),
            ]
            drawBox(lines)
        case .help:
            drawBox(
                HelpPage.lines(isReadOnly: model.isReadOnly).map { ($0.text, $0.isTitle ? .bold : .plain) }
            )
        case .search, .filter, nil: break
        }
    }

    /// A box in the middle, with a border.
    private mutating func drawBox(_ lines: [(String, CellStyle)]) {
        let size = model.size
        let width = min(size.columns - 4, lines.map { TextCells.width(of: $0.0) }.max() ?? 0)
        let height = min(size.rows - 2, lines.count)
        let top = (size.rows - height - 2) / 2
        let left = (size.columns - width - 4) / 2
        let signs = model.hasUnicode ? ["┌", "┐", "└", "┘", "─", "│"] : ["+", "+", "+", "+", "-", "|"]
        let edge = String(repeating: signs[4], count: width + 2)
        grid.write(signs[0] + edge + signs[1], row: top, column: left)
        for (offset, line) in lines.prefix(height).enumerated() {
            let row = top + 1 + offset
            grid.fill(row: row, column: left, columns: width + 4)
            grid.write(signs[5], row: row, column: left)
            grid.write(cut(line.0, to: width), row: row, column: left + 2, line.1)
            grid.write(signs[5], row: row, column: left + width + 3)
        }
        grid.write(signs[2] + edge + signs[3], row: top + height + 1, column: left)
    }
}

/// What `?` shows.
enum HelpPage {
    /// A line of it.
    struct Line: Hashable, Sendable {
        var text: String
        var isTitle = false
    }

    /// The lines; they fit into 80x24.
    static func lines(isReadOnly: Bool) -> [Line] {
        var lines = [
            Line(text: "Moving", isTitle: true),
            Line(text: "j k Down Up   down, up       g G Home End   first, last"),
            Line(text: "Ctrl-d Ctrl-u half a page    Ctrl-f Ctrl-b  a page, also PgDn PgUp"),
            Line(text: "Tab Left Right other pane    d Enter        details and back"),
            Line(text: "mouse: click selects, wheel scrolls"),
            Line(text: "Logs", isTitle: true),
            Line(text: "l  go to the logs            a  of all processes, of the selected one"),
            Line(text: "f  follow, stand still       p  of the run that ended last"),
            Line(text: "w  wrap long lines           t  times of day"),
            Line(text: "/  search, n older, N newer  &  only lines that hold something"),
            Line(text: "v  all, warnings, errors     Esc  takes search, then filter away"),
        ]
        if isReadOnly {
            lines.append(Line(text: "Changing: not here, this is --read-only", isTitle: true))
        } else {
            lines += [
                Line(text: "Changing: each asks first and tells the command", isTitle: true),
                Line(text: "r  restart       s  stop            S  start"),
                Line(text: "x  signal        c  clean memory up"),
            ]
        }
        lines += [
            Line(text: "Signs", isTitle: true),
            Line(text: "before a line C E W N D T: its level; ! is standard error"),
            Line(text: "host: percent/limit, ! above it"),
            Line(text: "q quit     Ctrl-l draw again     Ctrl-z to the shell, fg comes back"),
        ]
        return lines
    }
}
