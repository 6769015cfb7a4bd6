import SupervisorClient

/// Rows in columns that are as wide as their widest cell.
struct PlainTable {
    /// The names of the columns.
    var header: [String]
    /// The rows, each with a cell for every column.
    var rows: [[String]] = []

    /// The lines, each ended; cells are other people's text.
    func text(_ style: Style) -> String {
        let cells = ([header] + rows).map { row in row.map { style.plain($0) } }
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for (number, row) in cells.enumerated() {
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column < row.count - 1 else { continue }
                line += String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            text += (number == 0 ? style.paint(line, .bold) : line) + "\n"
        }
        return text
    }
}
