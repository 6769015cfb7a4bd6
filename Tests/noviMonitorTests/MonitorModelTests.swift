import Shared
import Testing

@testable import noviMonitor

@Suite struct MonitorModelTests {
    @Test func `j and k select, and stop at the ends`() {
        var scene = Scene.filled()
        scene.type("jj")
        #expect(scene.model.selected?.name == "whatsapp")
        scene.type("kkkk")
        #expect(scene.model.selected?.name == "api")
        scene.type("G")
        #expect(scene.model.selected?.name == "mailer-日本")
        scene.type("j")
        #expect(scene.model.selected?.name == "mailer-日本")
        scene.type("g")
        #expect(scene.model.selected?.name == "api")
    }

    @Test func `a selection outside the table scrolls it`() {
        var scene = Scene.filled()
        #expect(!scene.text.contains("mailer-日本 stopped"))
        scene.type("G")
        #expect(scene.text.contains(">mailer-日本 stopped"))
    }

    @Test func `the selected process stays selected when others come and go`() {
        var scene = Scene.filled()
        scene.type("jjj")
        scene.look(SampleData.processes().reversed())
        #expect(scene.model.selected?.name == "web")
        scene.look(SampleData.processes().filter { $0["name"]?.stringValue != "web" })
        #expect(scene.model.selected != nil)
        scene.look([])
        #expect(scene.model.selected == nil)
        #expect(scene.text.contains("no apps"))
    }

    @Test func `another selection asks for its details`() {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.type("jjj")
        #expect(scene.takeEffects().last == .describe("web:0"))
    }

    @Test func `details are asked for again only when something changed`() {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.look(SampleData.processes(7))
        #expect(scene.takeEffects() == [])
        scene.look([SampleData.process("api", id: 0, ["state": "stopping"])])
        #expect(scene.takeEffects().contains(.describe("api:0")))
    }

    @Test func `details that are looked at are asked for again after a while`() {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.take(.tick(MonitorModel.descriptionTime))
        scene.look(SampleData.processes())
        #expect(scene.takeEffects() == [])
        scene.press(.enter)
        scene.take(.described("api:0", SampleData.description))
        _ = scene.takeEffects()
        scene.look(SampleData.processes())
        #expect(scene.takeEffects() == [])
        scene.take(.tick(2 * MonitorModel.descriptionTime))
        scene.look(SampleData.processes())
        #expect(scene.takeEffects() == [.describe("api:0")])
    }

    @Test func `details of a process that is not selected any more are not shown`() {
        var scene = Scene.filled()
        scene.type("j")
        scene.take(.described("api:0", SampleData.description))
        scene.press(.enter)
        #expect(!scene.text.contains("READY=1 within"))
    }

    // MARK: - Changing

    @Test(arguments: [
        ("r", ProcessAction.Kind.restart, "noviSupervisor restart api"),
        ("s", .stop, "noviSupervisor stop api"),
        ("S", .start, "noviSupervisor start api"), ("c", .cleanup, "noviSupervisor cleanup api"),
    ])
    func `a change is done after y only, and its command is told`(
        key: String,
        kind: ProcessAction.Kind,
        command: String
    ) {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.type(key)
        #expect(scene.text.contains(command))
        scene.type("n")
        #expect(scene.takeEffects() == [])
        scene.type(key + "y")
        let effects = scene.takeEffects()
        guard case .perform(let action)? = effects.last else {
            Issue.record("\(effects)")
            return
        }
        #expect(action.kind == kind)
        #expect(action.process == "api")
        #expect(scene.text.contains(command))
    }

    @Test(arguments: [Key.enter, .escape, .character("q"), .character("n")])
    func `a key pressed without thought changes nothing`(key: Key) {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.type("s")
        scene.press(key)
        #expect(scene.takeEffects() == [])
        #expect(scene.model.dialog == nil)
    }

    @Test func `one of several instances is named with its number`() {
        var scene = Scene.filled()
        scene.type("jjjry")
        #expect(scene.text.contains("noviSupervisor restart web:0"))
    }

    @Test func `a signal is chosen from a list`() {
        var scene = Scene.filled()
        scene.type("xj")
        #expect(scene.text.contains("noviSupervisor signal USR1 api"))
        scene.press(.enter)
        scene.type("y")
        #expect(
            scene.takeEffects().contains {
                $0 == .perform(scene.model.action(.signal("USR1"), scene.model.rows[0]))
            }
        )
    }

    @Test(arguments: ["r", "s", "S", "c", "x"]) func `read-only refuses and tells the command`(key: String) {
        var scene = Scene.filled(isReadOnly: true)
        _ = scene.takeEffects()
        scene.type(key + "y")
        #expect(scene.model.dialog == nil)
        #expect(scene.takeEffects() == [])
        #expect(scene.text.contains("read-only; the command is: noviSupervisor"))
        #expect(scene.lines[0].contains("READ-ONLY"))
    }

    @Test func `nothing is asked of a daemon that is away`() {
        var scene = Scene.filled()
        scene.take(.away("none answers"))
        scene.type("r")
        #expect(scene.model.dialog == nil)
        #expect(scene.text.contains("nothing was changed"))
    }

    @Test func `a home that was named is in the command, fit for a shell`() {
        var scene = Scene(homeOption: "/srv/my novi")
        scene.look(SampleData.processes())
        scene.type("r")
        #expect(scene.text.contains("noviSupervisor restart api --home '/srv/my novi'"))
    }

    @Test func `what became of a change is told with its command, and goes away`() {
        var scene = Scene.filled()
        let action = scene.model.action(.restart, scene.model.rows[0])
        scene.take(.tick(1_000_000_000))
        scene.take(.answered(action, "api (0) restarted", isSuccess: true))
        #expect(scene.text.contains("api (0) restarted   noviSupervisor restart api"))
        scene.take(.tick(1_000_000_000 + MonitorModel.noticeTime))
        #expect(!scene.text.contains("api (0) restarted"))
    }

    // MARK: - Leaving

    @Test func `q leaves, Ctrl-C with the status of an interruption`() {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.type("q")
        scene.press(.control("c"))
        #expect(scene.takeEffects() == [.quit(0), .quit(130)])
    }

    @Test func `any key closes the help and does nothing else`() {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.type("?q")
        #expect(scene.model.dialog == nil)
        #expect(scene.takeEffects() == [])
    }

    // MARK: - Panes, mouse, size

    @Test func `Tab goes round the panes that are shown`() {
        var scene = Scene.filled(Scene.middle)
        var seen: [MonitorModel.Pane] = []
        for _ in 0..<3 {
            scene.press(.tab)
            seen.append(scene.model.focus)
        }
        #expect(seen == [.logs, .details, .list])
        scene.press(.backTab)
        #expect(scene.model.focus == .details)
        var narrow = Scene.filled()
        narrow.press(.tab, .tab)
        #expect(narrow.model.focus == .list)
    }

    @Test func `a click selects a row`() {
        var scene = Scene.filled()
        let row = scene.model.layout.list.row + 1
        scene.press(.press(row: row + 3, column: 5))
        #expect(scene.model.selected?.name == "web")
        // The head of the table and empty places are nobody.
        scene.press(.press(row: row - 1, column: 5), .press(row: 23, column: 79), .press(row: 0, column: 0))
        #expect(scene.model.selected?.name == "web")
    }

    @Test func `the wheel scrolls what is below it`() {
        var scene = Scene.filled(Scene.middle)
        let logs = scene.model.layout.logs!
        scene.press(.wheel(row: logs.row + 3, column: 2, isUp: true))
        #expect(scene.model.logs.bottom != nil)
        scene.press(.wheel(row: logs.row + 3, column: 2, isUp: false))
        #expect(scene.model.logs.bottom == nil)
        scene.press(.wheel(row: scene.model.layout.list.row + 1, column: 2, isUp: false))
        #expect(scene.model.selected?.name == "database")
    }

    @Test(arguments: [(1, 1), (10, 3), (59, 15), (60, 16), (80, 24), (110, 17), (80, 200), (999, 499)])
    func `every size is drawn, and nothing leaves its row`(columns: Int, rows: Int) {
        var scene = Scene.filled()
        scene.type("dlj")
        scene.take(.resized(ScreenSize(columns: columns, rows: rows)))
        for dialog in ["", "?", "x", "r", "/abc"] {
            var shown = scene
            shown.type(dialog)
            let lines = shown.lines
            #expect(lines.count == rows)
            #expect(lines.allSatisfy { TextCells.width(of: $0) <= columns })
        }
    }

    @Test func `the pane in use stays when the terminal gets narrow`() {
        var scene = Scene.filled(Scene.middle)
        scene.press(.tab, .tab)
        scene.take(.resized(Scene.small))
        #expect(scene.text.contains("details: api"))
    }

    // MARK: - What comes by itself

    @Test func `an event is told, and asks for details when it is about the selected process`() {
        var scene = Scene.filled()
        _ = scene.takeEffects()
        scene.take(
            .happened(["process": "web", "event": "exited", "message": "ended with \u{1B}[2J status 1"])
        )
        #expect(scene.takeEffects() == [])
        #expect(scene.text.contains("web: ended with \u{FFFD}[2J status 1"))
        scene.take(.happened(["process": "api", "event": "online", "message": "online"]))
        #expect(scene.takeEffects() == [.describe("api:0")])
    }

    @Test func `the history of figures is bounded and goes with its process`() {
        var scene = Scene.filled()
        for look in 0..<200 { scene.look(SampleData.processes(look)) }
        #expect(scene.model.history[0]?.cpu.samples.count == SampleRing.capacity)
        scene.look([])
        #expect(scene.model.history.isEmpty)
    }

    @Test func `a figure above its limit is marked by more than a colour`() {
        var scene = Scene.filled()
        #expect(scene.text.contains("disk 93%!/90"))
        #expect(scene.text.contains("cpu 12%/80"))
        scene.take(.measured(HostFigures(cpuPercent: nil, diskFolder: "/")))
        #expect(scene.text.contains("cpu –/80"))
    }

    @Test func `without apps of Novi there is no line of theirs`() {
        var scene = Scene()
        scene.look([SampleData.process("web", id: 0)])
        #expect(!scene.text.contains("whatsapp"))
    }

    @Test func `a link that is down is told by its word`() {
        var scene = Scene()
        scene.look([SampleData.process("bridge", id: 0, ["whatsapp": "logged_out"])])
        #expect(scene.text.contains("whatsapp logged_out") && !scene.text.contains("to send"))
        scene.take(.linkTold(["state": "logged_out", "queue": ["waiting": 4]]))
        #expect(scene.text.contains("whatsapp logged_out, 4 to send"))
        scene.look([SampleData.process("whatsapp", id: 0, ["state": "stopped", "pid": .null])])
        #expect(scene.text.contains("whatsapp stopped"))
    }
}
