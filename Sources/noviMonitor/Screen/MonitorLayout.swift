/// Which part of the screen is where.
struct MonitorLayout: Hashable, Sendable {
    /// From here on logs and details are side by side.
    static let wideColumns = 110
    /// Less is not drawn.
    static let smallest = ScreenSize(columns: 60, rows: 16)

    /// Whether logs and details are both shown.
    let isWide: Bool
    /// Whether there is a line for WhatsApp and the database.
    let hasNoviLine: Bool
    /// The head of the table and its rows.
    let list: Area
    /// Each with its title; `nil` when it is not shown.
    let logs: Area?
    let details: Area?
    /// The row of notices; that of keys is below it.
    let noticeRow: Int

    /// How many processes are shown at a time.
    var listRows: Int { max(0, list.rows - 1) }

    init(_ model: MonitorModel) {
        let size = model.size
        isWide = size.columns >= Self.wideColumns
        hasNoviLine = model.rows.contains { $0.isBridge || $0.app == "database" }
        let top = hasNoviLine ? 3 : 2
        noticeRow = size.rows - 2
        let room = max(0, noticeRow - top)
        let listRows = min(max(3, model.rows.count) + 1, max(4, room * 2 / 5))
        list = Area(row: top, column: 0, rows: min(room, listRows), columns: size.columns)
        let below = Area(
            row: top + list.rows,
            column: 0,
            rows: max(0, room - list.rows),
            columns: size.columns
        )
        guard isWide else {
            logs = model.lower == .logs ? below : nil
            details = model.lower == .details ? below : nil
            return
        }
        let detailColumns = min(90, max(46, size.columns * 2 / 5))
        var left = below
        left.columns = size.columns - detailColumns - 1
        var right = below
        right.column = left.columns + 1
        right.columns = detailColumns
        logs = left
        details = right
    }
}
