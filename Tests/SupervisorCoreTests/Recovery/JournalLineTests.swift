import Shared
import SupervisorCore
import Testing

struct JournalLineTests {
    private func read(_ line: JournalLine) -> JournalLine? { JournalLine(line.bytes) }

    @Test func `every checkpoint of a busy life is read as it was written`() throws {
        var scene = Scene()
        var seen: Set<String> = []
        func check() throws {
            for checkpoint in scene.supervisor.checkpoints {
                seen.insert(checkpoint.state.word)
                #expect(read(.process(checkpoint)) == .process(checkpoint))
            }
        }
        let policy: (inout AppDefinition) -> Void = {
            $0.restart.maximumUnstableRuns = 3
            $0.watchdog = .seconds(2)
            $0.stop.signal = .interrupt
        }
        scene.ask(
            .apply(
                [app("a", readyWithin: .seconds(5), policy), app("b", needs: [("a", .ready)])],
                prunedSource: nil
            )
        )
        try check()
        scene.execute("a")
        try check()
        scene.becomeReady("a")
        scene.execute("b")
        try check()
        scene.ask(.restart([.name("a"), .name("b")]))
        try check()
        scene.exit("b", stragglers: 2)
        try check()
        scene.send(.treeEmptied(try #require(scene.run("b"))))
        try check()
        scene.exit("a", code: 3)
        try check()
        scene.send(
            .spawnFailed(
                try #require(scene.run("a")),
                SpawnFailure(stage: "exec", errorName: "E", message: "no \"x\"\n")
            )
        )
        try check()
        while scene.fire(.restart(process: 0)) {
            scene.execute("a")
            scene.send(
                .exited(
                    try #require(scene.run("a")),
                    ExitObservation(exit: .signaled(.kill, coreDumped: true), followsOOMKill: true)
                )
            )
            try check()
        }
        scene.ask(.stop(choose("b")))
        try check()
        #expect(
            seen.isSuperset(of: ["online", "launching", "stopping", "waiting restart", "errored", "stopped"])
        )
    }

    @Test(arguments: [
        JournalLine.forgotten(process: 7), .begin(generation: 12), .done(generation: 12),
        .told(RunID(rawValue: 5), StopMark(position: 3, kills: 1)),
        .executed(ExecutedRun(run: RunID(rawValue: 5), pid: 812, startTicks: 99, output: "1:2", error: nil)),
    ])
    func `other lines are read as they were written`(_ line: JournalLine) {
        #expect(read(line) == line)
    }

    @Test(arguments: [
        "", "process", "process 1", "process x {}", "process -1 {}", "process 1 {", "process 1 {}",
        "process 1 []",
        "pid 0000000000000001 1 2 - -", "pid 0000000000000001 -5 2 - -", "pid 1 2 3 - -",
        "pid 0000000000000001 2 3 -",
        "told 0000000000000001 1", "forget x", "begin", "begin x", "word of a newer program",
    ])
    func `a line that makes no sense is none`(_ text: String) {
        #expect(JournalLine(Array(text.utf8)) == nil)
    }

    @Test func `unknown members and words of a newer program do no harm`() throws {
        let text = """
            process 3 {"name":"a","newer":{"x":[1]},"state":{"is":"frozen","run":{"id":"0000000000000009",\
            "launched":5,"reason":{"is":"prophecy"},"signal":99,"mood":"good"}},"since":1,"restarts":2}
            """
        guard case .process(let checkpoint) = JournalLine(Array(text.utf8)) else {
            Issue.record("not read")
            return
        }
        #expect(checkpoint.restarts == 2)
        #expect(checkpoint.state.word == "online")
        #expect(checkpoint.run?.id == RunID(rawValue: 9))
        #expect(checkpoint.run?.reason == .daemonStarted)
        #expect(checkpoint.run?.stop.signal == .terminate)
    }

    // MARK: - Contents

    /// Checkpoints of one process in the states of its life.
    private func life() throws -> (
        launching: ProcessCheckpoint, online: ProcessCheckpoint, stopping: ProcessCheckpoint
    ) {
        var scene = Scene()
        scene.ask(.apply([app("a")], prunedSource: nil))
        let launching = try #require(scene.supervisor.checkpoints.first)
        scene.execute("a")
        let online = try #require(scene.supervisor.checkpoints.first)
        scene.ask(.stop(choose("a")))
        return (launching, online, try #require(scene.supervisor.checkpoints.first))
    }

    @Test func `the last line of a process counts`() throws {
        let (launching, online, _) = try life()
        let contents = JournalContents([.process(launching), .process(online)], generation: 0)
        #expect(contents.processes == [0: online])
        #expect(JournalContents([.process(online), .forgotten(process: 0)], generation: 0).processes.isEmpty)
    }

    @Test func `what belongs to a desired state that was never written does not count`() throws {
        let (_, online, stopping) = try life()
        let lines: [JournalLine] = [.process(online), .begin(generation: 8), .process(stopping)]
        #expect(JournalContents(lines, generation: 7).processes == [0: online])
        #expect(JournalContents(lines, generation: 8).processes == [0: stopping])
        #expect(JournalContents(lines + [.done(generation: 8)], generation: 7).processes == [0: stopping])
        let dead = lines + [.begin(generation: 8), .done(generation: 8)]
        #expect(JournalContents(dead, generation: 8).processes == [0: stopping])
        #expect(JournalContents(lines + [.begin(generation: 9)], generation: 7).processes == [0: online])
    }

    @Test func `a round of signals is told when it is that very round`() throws {
        let (_, _, stopping) = try life()
        let run = try #require(stopping.run?.id)
        func isTold(_ mark: StopMark) -> Bool {
            JournalContents([.process(stopping), .told(run, mark)], generation: 0).isTold(stopping)
        }
        #expect(isTold(StopMark(position: 3, kills: 0)))
        #expect(!isTold(StopMark(position: 5, kills: 1)))
        #expect(!JournalContents([.process(stopping)], generation: 0).isTold(stopping))
    }

    // MARK: - What is written

    @Test func `a change is written once, and what changes nothing is not`() throws {
        var scene = Scene()
        scene.bringUp(app("a"))
        #expect(!scene.supervisor.takeJournalLines().isEmpty)
        #expect(scene.supervisor.takeJournalLines().isEmpty)
        var report = WorkerReport()
        report.isAlive = true
        report.status = "fine"
        report.heapUsed = .mebibytes(3)
        scene.send(.reported(try #require(scene.run("a")), report))
        #expect(scene.supervisor.takeJournalLines().isEmpty)
        scene.ask(.stop(choose("a")))
        #expect(scene.supervisor.takeJournalLines().count == 1)
        scene.exit("a")
        scene.ask(.delete(choose("a")))
        #expect(scene.supervisor.takeJournalLines() == [.forgotten(process: 0)])
    }
}
