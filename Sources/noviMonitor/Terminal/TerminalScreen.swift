import CTerminalShims
import LinuxSystem
import SupervisorClient

/// The terminal: shows grids, reads keys.
///
/// Nothing else touches ncurses.
final class TerminalScreen {
    private var shown: Grid?
    private var isTaken = true

    /// Takes over the terminal of standard input and output; fails for one that cannot do what is needed.
    ///
    /// - Parameter hasColor: Whether colours are shown where the terminal has them.
    init?(hasColor: Bool) {
        guard novi_screen_start(hasColor ? 1 : 0, 1) == 0 else { return nil }
    }

    deinit { end() }

    /// Puts the terminal back as it was.
    func end() {
        guard isTaken else { return }
        isTaken = false
        novi_screen_end()
    }

    /// Takes it over again.
    func resume() {
        guard !isTaken else { return }
        isTaken = true
        novi_screen_resume()
        shown = nil
    }

    /// Its size now.
    var size: ScreenSize {
        guard let size = Terminal.size(1), size.rows > 0 else { return ScreenSize(columns: 80, rows: 24) }
        // What is beyond is no screen that anybody looks at.
        return ScreenSize(columns: min(size.columns, 1000), rows: min(size.rows, 500))
    }

    /// Notes another size.
    func resize(_ size: ScreenSize) {
        novi_screen_resize(Int32(clamping: size.rows), Int32(clamping: size.columns))
        shown = nil
    }

    /// Draws everything again, whatever the terminal shows.
    func redraw() { novi_screen_redraw() }

    /// Shows a grid: only cells that differ from those of the one before are touched.
    func show(_ grid: Grid) {
        if let shown, shown == grid { return }
        let before = shown?.size == grid.size ? shown : nil
        for row in 0..<grid.size.rows {
            for column in 0..<grid.size.columns {
                let cell = grid[row, column]
                // The right half of a wide letter goes with the left.
                guard before?[row, column] != cell, !cell.letters.isEmpty else { continue }
                put(cell, row, column)
            }
        }
        let cursor = grid.cursor
        novi_screen_show(Int32(clamping: cursor?.row ?? -1), Int32(clamping: cursor?.column ?? 0))
        shown = grid
    }

    private func put(_ cell: Cell, _ row: Int, _ column: Int) {
        let letters = cell.letters.unicodeScalars.map(\.value)
        var attributes: Int32 = 0
        if cell.style.isBold { attributes |= Int32(NOVI_CELL_BOLD) }
        if cell.style.isDim { attributes |= Int32(NOVI_CELL_DIM) }
        if cell.style.isReversed { attributes |= Int32(NOVI_CELL_REVERSE) }
        if cell.style.isUnderlined { attributes |= Int32(NOVI_CELL_UNDERLINE) }
        let color = novi_screen_colors() >= 8 ? cell.style.color?.rawValue ?? 0 : 0
        _ = novi_screen_put(
            Int32(clamping: row),
            Int32(clamping: column),
            letters,
            Int32(clamping: letters.count),
            attributes,
            color
        )
    }

    // MARK: - Keys

    /// The keys that were pressed since the last look.
    func keys() -> [Key] {
        var keys: [Key] = []
        // A paste of a book must not hold up the screen.
        while keys.count < 1000 {
            let code = novi_screen_key()
            if code == Int32(NOVI_KEY_NONE) { break }
            if let key = key(code) { keys.append(key) }
        }
        return keys
    }

    private func key(_ code: Int32) -> Key? {
        switch code {
        case Int32(NOVI_KEY_MOUSE): return mouse()
        case Int32(NOVI_KEY_UP): return .up
        case Int32(NOVI_KEY_DOWN): return .down
        case Int32(NOVI_KEY_LEFT): return .left
        case Int32(NOVI_KEY_RIGHT): return .right
        case Int32(NOVI_KEY_HOME): return .home
        case Int32(NOVI_KEY_END): return .end
        case Int32(NOVI_KEY_PAGE_UP): return .pageUp
        case Int32(NOVI_KEY_PAGE_DOWN): return .pageDown
        case Int32(NOVI_KEY_BACKSPACE), 8, 127: return .backspace
        case Int32(NOVI_KEY_ENTER), 10, 13: return .enter
        case Int32(NOVI_KEY_BACK_TAB): return .backTab
        case 9: return .tab
        case 27: return .escape
        case 1...26: return .control(Character(Unicode.Scalar(UInt8(0x60 + code))))
        case 32...: return Unicode.Scalar(UInt32(code)).map { .character(Character($0)) }
        default: return nil
        }
    }

    private func mouse() -> Key? {
        var row: Int32 = 0
        var column: Int32 = 0
        switch novi_screen_mouse(&row, &column) {
        case Int32(NOVI_MOUSE_PRESS): return .press(row: Int(row), column: Int(column))
        case Int32(NOVI_MOUSE_WHEEL_UP): return .wheel(row: Int(row), column: Int(column), isUp: true)
        case Int32(NOVI_MOUSE_WHEEL_DOWN): return .wheel(row: Int(row), column: Int(column), isUp: false)
        default: return nil
        }
    }
}
