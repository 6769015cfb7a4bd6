import Shared
import SupervisorClient

/// Everything that the monitor knows and shows; events in, effects out, no I/O and no clock.
struct MonitorModel {
    /// A part of the screen that keys go to.
    enum Pane: Hashable, Sendable {
        case list
        case logs
        case details
    }

    /// What lies over the screen and takes the keys.
    enum Dialog: Hashable, Sendable {
        case help
        case confirm(ProcessAction)
        /// The signal that is chosen, by its place in ``ProcessAction/signals``.
        case signals(Int, ProcessRow)
        case search(String)
        case filter(String)
    }

    /// A word in the last line but one.
    struct Notice: Hashable, Sendable {
        var text: String
        var isTrouble = false
        /// Until when, in nanoseconds since boot.
        var until: Int64
    }

    // What it was started with.
    let isReadOnly: Bool
    let home: String
    /// The folder that commands have to name; `nil` where they find it.
    let homeOption: String?
    let select: [String]
    let hasUnicode: Bool
    var clean: CleanText { CleanText(hasUnicode: hasUnicode) }

    // What it was told.
    var size: ScreenSize
    var snapshot: Snapshot?
    var history: [Int: UsageHistory] = [:]
    var host: HostFigures?
    /// How busy the processors were.
    var hostCPU = SampleRing()
    /// Why no daemon answers; `nil` while one does.
    var awayReason: String? = "connecting"
    var link: LinkState?
    var description: (process: String, page: DescriptionPage)?
    /// When it was told last, in nanoseconds since boot.
    private var describedAt: Int64 = 0
    /// While it is looked at it is asked for again after so long, in nanoseconds: its figures move.
    static let descriptionTime: Int64 = 5_000_000_000
    var now: Int64 = 0

    // What is looked at.
    var focus = Pane.list
    /// Which of the two is shown where there is no room for both.
    var lower = Pane.logs
    var selectedID: Int?
    var listTop = 0
    var logs = LogPane()
    var showsAllLogs = true
    var detailTop = 0
    var dialog: Dialog?
    var notice: Notice?

    init(
        size: ScreenSize,
        isReadOnly: Bool = false,
        home: String,
        homeOption: String? = nil,
        select: [String] = [],
        hasUnicode: Bool = true
    ) {
        self.size = size
        self.isReadOnly = isReadOnly
        self.home = home
        self.homeOption = homeOption
        self.select = select
        self.hasUnicode = hasUnicode
    }

    var rows: [ProcessRow] { snapshot?.rows ?? [] }

    var selectedIndex: Int? { rows.firstIndex { $0.id == selectedID } }

    var selected: ProcessRow? { selectedIndex.map { rows[$0] } }

    /// An action for the selected process.
    func action(_ kind: ProcessAction.Kind, _ row: ProcessRow) -> ProcessAction {
        ProcessAction(kind, row, isOnly: rows.count { $0.app == row.app } < 2)
    }

    /// Where everything is on the screen.
    var layout: MonitorLayout { MonitorLayout(self) }

    // MARK: - Events

    /// Takes an event in.
    mutating func handle(_ event: MonitorEvent) -> [MonitorEffect] {
        switch event {
        case .key(let key): return press(key)
        case .resized(let size):
            self.size = size
            // What keys go to stays on a screen that has no room for both any more.
            if focus == .logs { lower = .logs }
            if focus == .details { lower = .details }
            keepSelectionVisible()
            return [.redraw]
        case .snapshot(let snapshot): return take(snapshot)
        case .measured(let figures):
            host = figures
            hostCPU.append(figures.cpuPercent)
        case .away(let reason): awayReason = reason
        case .described(let name, let description):
            guard name == selected?.selection else { return [] }
            if self.description?.process != name { detailTop = 0 }
            describedAt = now
            let style = Style(hasColor: false, hasUnicode: hasUnicode, width: nil)
            self.description = (name, DescriptionPage(description, style))
        case .linkTold(let state): link = state.map { LinkState($0) }
        case .happened(let event): return happened(event)
        case .logsOpened(let scope): logs.open(scope)
        case .logsFailed(let scope, let reason):
            logs.open(scope)
            logs.trouble = clean.clean(reason)
        case .logged(let lines): logs.append(lines)
        case .answered(let action, let text, let isSuccess): answered(action, text, isSuccess)
        case .tick(let instant):
            now = instant
            if let notice, notice.until <= instant { self.notice = nil }
        }
        return []
    }

    /// How long a notice stays, in nanoseconds.
    static let noticeTime: Int64 = 8_000_000_000

    mutating func say(_ text: String, isTrouble: Bool = false) {
        notice = Notice(text: text, isTrouble: isTrouble, until: now + Self.noticeTime)
    }

    private mutating func take(_ new: Snapshot) -> [MonitorEffect] {
        let isFirst = snapshot == nil
        let wasAway = awayReason != nil
        let before = selected
        let oldPlace = selectedIndex
        let names = rows.map(\.name)
        snapshot = new
        awayReason = nil
        var kept: [Int: UsageHistory] = [:]
        for row in new.rows {
            var usage = history[row.id] ?? UsageHistory()
            usage.note(row)
            kept[row.id] = usage
        }
        history = kept
        if selected == nil {
            // The one that is where the lost one was.
            selectedID = rows.isEmpty ? nil : rows[min(oldPlace ?? 0, rows.count - 1)].id
        }
        keepSelectionVisible()
        if selected == nil { description = nil }
        var effects: [MonitorEffect] = []
        if isFirst || wasAway || names != rows.map(\.name), showsAllLogs || isFirst {
            effects.append(.openLogs(wantedScope))
        }
        if let selected {
            if selected.id != before?.id {
                effects += selectionChanged()
            } else if isNews(before, selected) || wasAway || isDescriptionOld {
                effects.append(.describe(selected.selection))
            }
        }
        return effects
    }

    private var isDescriptionOld: Bool { layout.details != nil && now - describedAt >= Self.descriptionTime }

    /// Whether more than the figures changed.
    private func isNews(_ old: ProcessRow?, _ new: ProcessRow) -> Bool {
        old?.state != new.state || old?.pid != new.pid || old?.restarts != new.restarts
            || old?.reason != new.reason
            || old?.statusText != new.statusText
    }

    private mutating func happened(_ event: JSONValue) -> [MonitorEffect] {
        let process = event["process"]?.stringValue
        if let text = event["message"]?.stringValue {
            let name = process.map { "\($0): " } ?? ""
            let isTrouble = Self.troubles.contains(event["event"]?.stringValue ?? "")
            say(clean.clean("\(name)\(text)"), isTrouble: isTrouble)
        }
        guard let selected, clean.clean(process ?? "") == selected.name else { return [] }
        return [.describe(selected.selection)]
    }

    private static let troubles: Set = [
        "exited", "gave_up", "launch_failed", "killed", "unkillable", "failure_reported",
        "memory_restarts_exhausted",
        "log_blocked", "log_dropping",
    ]

    private mutating func answered(_ action: ProcessAction, _ text: String, _ isSuccess: Bool) {
        say("\(clean.clean(text))   \(action.command(home: homeOption))", isTrouble: !isSuccess)
    }

    // MARK: - The selection

    /// Which logs should be open.
    var wantedScope: LogScope {
        LogScope(process: showsAllLogs ? nil : selected?.selection, isPrevious: logs.scope.isPrevious)
    }

    mutating func select(_ index: Int) -> [MonitorEffect] {
        guard !rows.isEmpty else { return [] }
        let id = rows[min(max(0, index), rows.count - 1)].id
        guard id != selectedID else { return [] }
        selectedID = id
        keepSelectionVisible()
        return selectionChanged()
    }

    private mutating func selectionChanged() -> [MonitorEffect] {
        guard let selected else { return [] }
        detailTop = 0
        var effects: [MonitorEffect] = [.describe(selected.selection)]
        if !showsAllLogs { effects.append(.openLogs(wantedScope)) }
        return effects
    }

    mutating func keepSelectionVisible() {
        let visible = max(1, layout.listRows)
        if let index = selectedIndex {
            listTop = min(listTop, index)
            listTop = max(listTop, index - visible + 1)
        }
        listTop = max(0, min(listTop, rows.count - visible))
    }
}
