import SupervisorCore
import Testing

@testable import noviMonitor

@Suite struct LogPaneTests {
    private static func line(_ text: String, _ level: LogLevel = .info) -> LogLine {
        LogLine(time: "00:00:00", process: "api", isError: false, level: level, text: text)
    }

    private static func pane(_ count: Int) -> LogPane {
        var pane = LogPane()
        pane.append((1...count).map { line("line \($0)") })
        return pane
    }

    @Test func `the newest lines are followed until somebody scrolls up, and again at the end`() {
        var pane = Self.pane(100)
        #expect(pane.bottom == nil)
        pane.scroll(-10, page: 20)
        #expect(pane.shown[pane.bottomIndex].text == "line 90")
        pane.append([Self.line("new")])
        #expect(pane.shown[pane.bottomIndex].text == "line 90")
        #expect(pane.unseen == 11)
        pane.scroll(50, page: 20)
        #expect(pane.bottom == nil)
        #expect(pane.unseen == 0)
    }

    @Test func `scrolling up stops when the first line is at the top`() {
        var pane = Self.pane(100)
        pane.scroll(-1000, page: 20)
        #expect(pane.shown[pane.bottomIndex].text == "line 20")
        pane.scrollToTop(page: 200)
        #expect(pane.shown[pane.bottomIndex].text == "line 100")
    }

    @Test func `lines are bounded, and who looked at lost ones sees the oldest that are left`() {
        var pane = Self.pane(100)
        pane.scroll(-90, page: 5)
        pane.append((1...LogPane.capacity * 2).map { Self.line("more \($0)") })
        #expect(pane.lines.count <= LogPane.capacity)
        #expect(pane.shown.count == pane.lines.count)
        #expect(pane.bottomIndex == 0)
    }

    @Test func `a filter shows the lines that hold it, also of those that come`() throws {
        var pane = Self.pane(30)
        pane.setFilter(try LogPane.Search("line 2[0-5]$"))
        #expect(pane.shown.map(\.text) == ["line 20", "line 21", "line 22", "line 23", "line 24", "line 25"])
        pane.append([Self.line("line 25"), Self.line("other")])
        #expect(pane.shown.count == 7)
        pane.setFilter(nil)
        #expect(pane.shown.count == 32)
    }

    @Test func `levels go from all to warnings to errors and back`() {
        var pane = LogPane()
        pane.append([Self.line("a"), Self.line("b", .warning), Self.line("c", .critical)])
        pane.changeLevel()
        #expect(pane.shown.map(\.text) == ["b", "c"])
        pane.changeLevel()
        #expect(pane.shown.map(\.text) == ["c"])
        pane.changeLevel()
        #expect(pane.shown.count == 3)
    }

    @Test func `a search goes from the newest to the older and back`() throws {
        var pane = Self.pane(100)
        var isFound = try pane.begin(LogPane.Search("line .0$"))
        #expect(isFound)
        #expect(pane.found == 90)
        isFound = pane.goOn(forward: false)
        #expect(isFound)
        #expect(pane.found == 80)
        isFound = pane.goOn(forward: true)
        #expect(isFound)
        #expect(pane.found == 90)
        isFound = pane.goOn(forward: true)
        #expect(!isFound)
        isFound = pane.begin(nil)
        #expect(isFound)
    }

    @Test func `a search that finds nothing leaves the place alone`() throws {
        var pane = Self.pane(100)
        let isFound = try pane.begin(LogPane.Search("absent"))
        #expect(!isFound)
        #expect(pane.bottom == nil)
    }

    @Test func `small letters find capitals, capitals only themselves`() throws {
        #expect(try LogPane.Search("error").matches("an ERROR"))
        #expect(try !LogPane.Search("Error").matches("an ERROR"))
    }

    @Test func `every place of a match is told, and an empty match ends`() throws {
        #expect(try LogPane.Search("ab").ranges(in: "ab ab") == [0..<2, 3..<5])
        #expect(try LogPane.Search("x*").ranges(in: "abc") == [])
    }

    // MARK: - On the screen

    @Test func `logs are of all processes or of the selected one, of this run or the one before`() {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.type("a")
        #expect(scene.takeEffects() == [.openLogs(LogScope(process: "api:0"))])
        scene.take(.logsOpened(LogScope(process: "api:0")))
        scene.type("j")
        #expect(scene.takeEffects().contains(.openLogs(LogScope(process: "database:0"))))
        scene.type("p")
        #expect(scene.takeEffects() == [.openLogs(LogScope(process: "database:0", isPrevious: true))])
        scene.take(.logsOpened(LogScope(process: "database:0", isPrevious: true)))
        #expect(scene.text.contains("logs: database · previous run"))
        scene.press(.escape)
        #expect(scene.takeEffects() == [.openLogs(LogScope(process: "database:0"))])
    }

    @Test func `what is no regular expression is told`() {
        var scene = Scene.filled()
        scene.type("/(")
        scene.press(.enter)
        #expect(scene.text.contains("( is no regular expression"))
    }

    @Test func `the prompt can be edited and left`() {
        var scene = Scene.filled()
        scene.type("&abc")
        scene.press(.backspace)
        #expect(scene.model.dialog == .filter("ab"))
        #expect(scene.grid.cursor != nil)
        scene.press(.escape)
        #expect(scene.model.dialog == nil)
        #expect(scene.grid.cursor == nil)
    }

    @Test func `Escape takes the search away, then the filter`() {
        var scene = Scene.filled()
        scene.type("/orders")
        scene.press(.enter)
        scene.type("&POST")
        scene.press(.enter)
        scene.press(.escape)
        #expect(scene.model.logs.search == nil)
        #expect(scene.model.logs.filter != nil)
        scene.press(.escape)
        #expect(scene.model.logs.filter == nil)
    }

    @Test func `levels have a letter and a colour of their own`() {
        var scene = Scene.filled()
        scene.type("v")
        let grid = scene.grid
        let row = grid.lines.firstIndex { $0.hasPrefix("C database") }
        let found = row.map { grid[$0, 16].style }
        #expect(found == CellStyle(color: .red, isBold: true))
        #expect(scene.text.contains("warning and worse"))
        #expect(!scene.text.contains("cache: 12 hits"))
    }

    @Test func `a match is marked where it is`() {
        var scene = Scene.filled()
        scene.type("/orders 2")
        scene.press(.enter)
        let grid = scene.grid
        let row = grid.lines.firstIndex { $0.contains("POST /api/orders 201") } ?? 0
        let marked = (0..<80).filter { grid[row, $0].style.isReversed }
        #expect(marked.map { grid[row, $0].letters }.joined() == "orders 2")
    }
}
