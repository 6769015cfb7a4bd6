import LinuxSystem

/// What keys do.
extension MonitorModel {
    mutating func press(_ key: Key) -> [MonitorEffect] {
        if key == .control("z") { return [.suspend] }
        if key == .control("c") { return [.quit(130)] }
        if key == .control("l") { return [.redraw] }
        if let dialog { return press(key, in: dialog) }
        switch key {
        case .press(let row, let column): return click(row, column)
        case .wheel(let row, let column, let isUp): return wheel(row, column, isUp)
        case .character(let character): return type(character)
        case .tab, .right: nextPane(forward: true)
        case .backTab, .left: nextPane(forward: false)
        case .enter: return showDetails()
        case .escape: return leave()
        case .up: return move(-1)
        case .down: return move(1)
        case .pageUp, .control("b"): return move(-page)
        case .pageDown, .control("f"): return move(page)
        case .control("u"): return move(-max(1, page / 2))
        case .control("d"): return move(max(1, page / 2))
        case .home: return moveToEnd(isTop: true)
        case .end: return moveToEnd(isTop: false)
        case .backspace, .control: break
        }
        return []
    }

    private mutating func type(_ character: Character) -> [MonitorEffect] {
        switch character {
        case "q": return [.quit(0)]
        case "?", "h": dialog = .help
        case "j": return move(1)
        case "k": return move(-1)
        case "g": return moveToEnd(isTop: true)
        case "G": return moveToEnd(isTop: false)
        case " ": return move(page)
        case "d": return showDetails()
        case "l": focusLogs()
        case "a":
            showsAllLogs.toggle()
            return [.openLogs(wantedScope)]
        case "p":
            focusLogs()
            var scope = wantedScope
            scope.isPrevious.toggle()
            return [.openLogs(scope)]
        case "f": logs.toggleFollowing()
        case "w": logs.wraps.toggle()
        case "t": logs.showsTimes.toggle()
        case "v": logs.changeLevel()
        case "/": dialog = .search("")
        case "&": dialog = .filter("")
        case "n": searchOn(forward: false)
        case "N": searchOn(forward: true)
        case "r": ask(.restart)
        case "s": ask(.stop)
        case "S": ask(.start)
        case "c": ask(.cleanup)
        case "x": chooseSignal()
        default: break
        }
        return []
    }

    // MARK: - Panes and moving

    private var page: Int {
        switch focus {
        case .list: max(1, layout.listRows - 1)
        case .logs: max(1, (layout.logs?.rows ?? 2) - 2)
        case .details: max(1, (layout.details?.rows ?? 2) - 2)
        }
    }

    private var logPage: Int { max(1, (layout.logs?.rows ?? 2) - 1) }

    private mutating func nextPane(forward: Bool) {
        let panes: [Pane] = layout.isWide ? [.list, .logs, .details] : [.list, lower]
        let place = panes.firstIndex(of: focus) ?? 0
        focus = panes[(place + (forward ? 1 : panes.count - 1)) % panes.count]
    }

    private mutating func showDetails() -> [MonitorEffect] {
        if focus == .details {
            focus = .list
            lower = .logs
            return []
        }
        lower = .details
        focus = .details
        return selected.map { [.describe($0.selection)] } ?? []
    }

    private mutating func focusLogs() {
        lower = .logs
        focus = .logs
    }

    /// Takes back what was begun last: search, filter, the look at details.
    private mutating func leave() -> [MonitorEffect] {
        if logs.search != nil {
            _ = logs.begin(nil)
            logs.follow()
        } else if logs.filter != nil {
            logs.setFilter(nil)
        } else if logs.scope.isPrevious {
            var scope = wantedScope
            scope.isPrevious = false
            return [.openLogs(scope)]
        } else {
            focus = .list
            lower = .logs
        }
        return []
    }

    private mutating func move(_ count: Int) -> [MonitorEffect] {
        switch focus {
        case .list: return select((selectedIndex ?? 0) + count)
        case .logs: logs.scroll(count, page: logPage)
        case .details: scrollDetails(count)
        }
        return []
    }

    private mutating func scrollDetails(_ count: Int) {
        guard let area = layout.details else { return }
        let rows = MonitorScreen.detailRows(self, columns: area.columns).count
        detailTop = min(max(0, detailTop + count), max(0, rows - (area.rows - 1)))
    }

    /// More lines than there are.
    private static let farAway = 1 << 20

    private mutating func moveToEnd(isTop: Bool) -> [MonitorEffect] {
        switch focus {
        case .list: return select(isTop ? 0 : rows.count - 1)
        case .logs:
            if isTop { logs.scrollToTop(page: logPage) } else { logs.follow() }
        case .details: scrollDetails(isTop ? -Self.farAway : Self.farAway)
        }
        return []
    }

    // MARK: - The mouse

    private mutating func click(_ row: Int, _ column: Int) -> [MonitorEffect] {
        let layout = layout
        if layout.list.contains(row: row, column: column) {
            focus = .list
            let index = row - layout.list.row - 1 + listTop
            return rows.indices.contains(index) ? select(index) : []
        }
        if let area = layout.logs, area.contains(row: row, column: column) { focus = .logs }
        if let area = layout.details, area.contains(row: row, column: column) { focus = .details }
        return []
    }

    private mutating func wheel(_ row: Int, _ column: Int, _ isUp: Bool) -> [MonitorEffect] {
        let layout = layout
        if layout.list.contains(row: row, column: column) {
            return select((selectedIndex ?? 0) + (isUp ? -1 : 1))
        }
        if let area = layout.logs, area.contains(row: row, column: column) {
            logs.scroll(isUp ? -3 : 3, page: logPage)
        } else if let area = layout.details, area.contains(row: row, column: column) {
            scrollDetails(isUp ? -3 : 3)
        }
        return []
    }

    // MARK: - Searching

    private mutating func searchOn(forward: Bool) {
        guard logs.search != nil else {
            say("nothing is searched; type / and a regular expression")
            return
        }
        if !logs.goOn(forward: forward) {
            say("no \(forward ? "newer" : "older") line holds \(logs.search?.text ?? "")")
        }
    }

    private mutating func search(_ text: String) {
        dialog = nil
        guard !text.isEmpty else {
            _ = logs.begin(nil)
            return
        }
        guard let search = compiled(text) else { return }
        focusLogs()
        if !logs.begin(search) { say("no line holds \(text)") }
    }

    private mutating func filter(_ text: String) {
        dialog = nil
        guard !text.isEmpty else {
            logs.setFilter(nil)
            return
        }
        guard let filter = compiled(text) else { return }
        focusLogs()
        logs.setFilter(filter)
    }

    private mutating func compiled(_ text: String) -> LogPane.Search? {
        do {
            return try LogPane.Search(text)
        } catch {
            say("\(text) is no regular expression: \(error.reason)", isTrouble: true)
            return nil
        }
    }

    // MARK: - Dialogs

    private mutating func press(_ key: Key, in dialog: Dialog) -> [MonitorEffect] {
        switch dialog {
        case .help:
            switch key {
            case .press, .wheel: break
            default: self.dialog = nil
            }
        case .confirm(let action): return confirm(key, action)
        case .signals(let place, let row): choose(key, place, row)
        case .search(let text): edit(key, text, Dialog.search) { $0.search($1) }
        case .filter(let text): edit(key, text, Dialog.filter) { $0.filter($1) }
        }
        return []
    }

    private mutating func edit(
        _ key: Key,
        _ text: String,
        _ make: (String) -> Dialog,
        _ finish: (inout MonitorModel, String) -> Void
    ) {
        switch key {
        case .character(let character) where text.count < 200: dialog = make(text + String(character))
        case .backspace: dialog = text.isEmpty ? nil : make(String(text.dropLast()))
        case .control("u"): dialog = make("")
        case .enter: finish(&self, text)
        case .escape: dialog = nil
        default: break
        }
    }

    private mutating func confirm(_ key: Key, _ action: ProcessAction) -> [MonitorEffect] {
        switch key {
        case .character("y"), .character("Y"):
            dialog = nil
            say("\(action.progress) …   \(action.command(home: homeOption))")
            return [.perform(action)]
        case .character("n"), .character("N"), .character("q"), .escape, .enter:
            dialog = nil
            say("nothing was changed")
        default: break
        }
        return []
    }

    private mutating func choose(_ key: Key, _ place: Int, _ row: ProcessRow) {
        let count = ProcessAction.signals.count
        switch key {
        case .down, .character("j"), .tab: dialog = .signals((place + 1) % count, row)
        case .up, .character("k"), .backTab: dialog = .signals((place + count - 1) % count, row)
        case .enter: dialog = .confirm(action(.signal(ProcessAction.signals[place]), row))
        case .escape, .character("q"), .character("n"):
            dialog = nil
            say("nothing was changed")
        default: break
        }
    }

    private mutating func ask(_ kind: ProcessAction.Kind) {
        guard let selected else { return }
        let action = action(kind, selected)
        guard mayChange(action.command(home: homeOption)) else { return }
        dialog = .confirm(action)
    }

    private mutating func chooseSignal() {
        guard let selected, mayChange(action(.signal("HUP"), selected).command(home: homeOption))
        else { return }
        dialog = .signals(0, selected)
    }

    private mutating func mayChange(_ command: String) -> Bool {
        guard !isReadOnly else {
            say("read-only; the command is: \(command)", isTrouble: true)
            return false
        }
        guard awayReason == nil else {
            say("no daemon answers; nothing was changed", isTrouble: true)
            return false
        }
        return true
    }
}
