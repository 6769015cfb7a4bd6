import CTerminalShims

/// How a cell looks; never the only carrier of a meaning.
struct CellStyle: Hashable, Sendable {
    /// The colours of every terminal, by their numbers there.
    enum Color: Int32, Sendable {
        case red = 1
        case green = 2
        case yellow = 3
        case blue = 4
        case magenta = 5
        case cyan = 6
        case white = 7
    }

    var color: Color?
    var isBold = false
    var isDim = false
    var isReversed = false
    var isUnderlined = false

    static let plain = CellStyle()
    static let bold = CellStyle(isBold: true)
    static let dim = CellStyle(isDim: true)

    /// A colour, where it is not `nil`.
    static func colored(_ color: Color?) -> CellStyle { CellStyle(color: color) }

    /// The same on the background.
    var reversed: CellStyle {
        var style = self
        style.isReversed.toggle()
        return style
    }
}

/// One place of the screen.
struct Cell: Hashable, Sendable {
    /// A letter and what combines with it; nothing for the right half of a wide one.
    var letters: String
    var style: CellStyle

    static let empty = Cell(letters: " ", style: .plain)
}

/// How large a screen is, in cells.
struct ScreenSize: Hashable, Sendable {
    var columns: Int
    var rows: Int
}

/// A part of the screen.
struct Area: Hashable, Sendable {
    var row: Int
    var column: Int
    var rows: Int
    var columns: Int

    func contains(row: Int, column: Int) -> Bool {
        row >= self.row && row < self.row + rows && column >= self.column && column < self.column + columns
    }
}

/// A whole screen as a value: what to show, cell by cell.
struct Grid: Hashable, Sendable {
    let size: ScreenSize
    private(set) var cells: [Cell]
    /// Where the cursor is shown; `nil` for nowhere.
    var cursor: (row: Int, column: Int)? {
        get { cursorRow.map { ($0, cursorColumn) } }
        set {
            cursorRow = newValue?.row
            cursorColumn = newValue?.column ?? 0
        }
    }
    private var cursorRow: Int?
    private var cursorColumn = 0

    init(_ size: ScreenSize) {
        self.size = size
        cells = Array(repeating: .empty, count: max(0, size.columns * size.rows))
    }

    subscript(row: Int, column: Int) -> Cell { cells[row * size.columns + column] }

    /// Writes text of our own or cleaned text on one row; what does not fit is left out.
    ///
    /// - Parameters:
    ///   - text: The text, without control characters.
    ///   - row: The row; nothing happens outside the screen.
    ///   - column: Where it begins.
    ///   - width: The most columns that it takes.
    ///   - style: How it looks.
    /// - Returns: The columns that it took.
    @discardableResult
    mutating func write(
        _ text: String,
        row: Int,
        column: Int,
        width: Int = .max,
        _ style: CellStyle = .plain
    ) -> Int {
        guard row >= 0, row < size.rows, column >= 0 else { return 0 }
        let limit = min(size.columns - column, width)
        var used = 0
        for letter in TextCells(text) {
            guard used + letter.width <= limit else { break }
            let place = row * size.columns + column + used
            erase(place, row)
            cells[place] = Cell(letters: letter.text, style: style)
            if letter.width == 2 {
                erase(place + 1, row)
                cells[place + 1] = Cell(letters: "", style: style)
            }
            used += letter.width
        }
        return used
    }

    /// Takes the other half of a wide letter away that is written over.
    private mutating func erase(_ place: Int, _ row: Int) {
        let end = (row + 1) * size.columns
        if cells[place].letters.isEmpty, place > row * size.columns { cells[place - 1].letters = " " }
        if place + 1 < end, cells[place + 1].letters.isEmpty { cells[place + 1].letters = " " }
    }

    /// Fills a row of an area with one letter.
    mutating func fill(
        row: Int,
        column: Int,
        columns: Int,
        _ letter: String = " ",
        _ style: CellStyle = .plain
    ) {
        guard columns > 0 else { return }
        write(String(repeating: letter, count: columns), row: row, column: column, width: columns, style)
    }

    /// Changes the look of what is there.
    mutating func restyle(row: Int, column: Int, columns: Int, _ change: (inout CellStyle) -> Void) {
        guard row >= 0, row < size.rows else { return }
        for index in max(0, column)..<max(0, min(size.columns, column + columns)) {
            change(&cells[row * size.columns + index].style)
        }
    }

    /// The rows as text, without spaces at their ends.
    var lines: [String] {
        (0..<size.rows).map { row in
            var line = ""
            for column in 0..<size.columns { line += self[row, column].letters }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
