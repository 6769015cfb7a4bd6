import LinuxSystem
import Shared
import Testing

@testable import LogFiles
@testable import SupervisorCore

/// Several logs that are written with one clock, and what was written as the test knows it.
final class ReadingScene {
    struct Line: Equatable {
        var source: Int
        var time: Int64
        var text: String
        var isError = false
    }

    let scenes: [WritingScene]
    private(set) var lines: [Line] = []
    var now: Int64 = 1_764_000_000_000_000_000
    private var generator: SplitMix64

    init(logs: Int, seed: UInt64 = 1, _ change: (inout LogPolicy) -> Void = { _ in }) throws {
        scenes = try (0..<logs).map { _ in try WritingScene(change) }
        generator = SplitMix64(state: seed)
    }

    var sources: [LogSource] { scenes.map { LogSource(log: $0.log.log) } }

    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    /// Writes one line, or an error with a stack trace, to one of the logs.
    func write() throws {
        now += Int64(number(2...40)) * 1_000_000
        let source = number(0...(scenes.count - 1))
        let text = "line \(lines.count) " + String(repeating: "x", count: number(0...60))
        if number(0...9) == 0 {
            try put(source, ["ERROR \(text)", "    at one", "    at two"], isError: true)
        } else {
            try put(source, [text])
        }
    }

    func put(_ source: Int, _ texts: [String], isError: Bool = false) throws {
        let scene = scenes[source]
        scene.wall = now
        scene.boot = now - 1_763_000_000_000_000_000
        try scene.write(texts.map { $0 + "\n" }.joined())
        scene.moveAll()
        lines += texts.map { Line(source: source, time: now, text: $0, isError: isError) }
    }

    /// Compresses some of the rotated files, the newest one never.
    func compressSome() throws {
        for scene in scenes {
            for file in RotatedLog.all(of: scene.log.log).dropLast() where number(0...1) == 0 {
                _ = try LogCompression.compress(file.path, shouldStop: { false })
            }
        }
    }

    func read(
        _ conditions: LineConditions = LineConditions(),
        last count: Int? = nil
    ) throws -> [Line] {
        let logs = try MergedLogs(sources, conditions, last: count, needsLevels: true)
        return try Self.read(logs)
    }

    static func read(_ logs: MergedLogs, isComplete: Bool = true) throws -> [Line] {
        try portion(of: logs, .max, isComplete: isComplete).lines
    }

    /// Some lines, and whether they are all that there are.
    static func portion(
        of logs: MergedLogs,
        _ count: Int,
        isComplete: Bool = true
    ) throws -> (lines: [Line], isAll: Bool) {
        var found: [Line] = []
        let isAll = try logs.read(isComplete: isComplete, portion: count) { entry, buffer in
            found.append(
                Line(
                    source: entry.source,
                    time: entry.time,
                    text: String(decoding: buffer[entry.line.range], as: UTF8.self),
                    isError: entry.level == .error
                )
            )
        }
        return (found, isAll)
    }
}

struct MergedLogsTests {
    /// Three logs of about forty small files each, half of them compressed.
    private func scene(_ seed: UInt64) throws -> ReadingScene {
        let scene = try ReadingScene(logs: 3, seed: seed) { $0.maximumFileBytes = 400 }
        for _ in 0..<400 { try scene.write() }
        try scene.compressSome()
        return scene
    }

    @Test(arguments: 1...4) func `all lines come in the order of their times`(seed: UInt64) throws {
        let scene = try scene(seed)
        let rotated = RotatedLog.all(of: scene.scenes[0].log.log)
        #expect(rotated.count > 10)
        #expect(rotated.contains { $0.isCompressed })
        #expect(try scene.read() == scene.lines)
    }

    @Test(arguments: [0, 1, 2, 3, 50, 300, 100_000]) func `the last lines of all together are found`(
        count: Int
    ) throws {
        let scene = try scene(7)
        #expect(try scene.read(last: count) == Array(scene.lines.suffix(count)))
    }

    @Test(arguments: 1...4) func `a part in time is found`(seed: UInt64) throws {
        let scene = try scene(seed)
        let first = scene.lines[scene.number(0...200)].time
        let last = scene.lines[scene.number(200...399)].time
        let part = scene.lines.filter { $0.time >= first && $0.time <= last }
        #expect(try scene.read(LineConditions(since: first, until: last)) == part)
        #expect(try scene.read(LineConditions(since: first, until: last), last: 7) == part.suffix(7))
        #expect(try scene.read(LineConditions(since: first)) == scene.lines.filter { $0.time >= first })
        #expect(try scene.read(LineConditions(until: last)) == scene.lines.filter { $0.time <= last })
        #expect(try scene.read(LineConditions(since: scene.now + 1)).isEmpty)
        #expect(try scene.read(LineConditions(until: 1), last: 5).isEmpty)
    }

    @Test(arguments: [1, 7, 100_000]) func `lines come in portions, none twice and none left out`(
        count: Int
    ) throws {
        let scene = try scene(9)
        let logs = try MergedLogs(scene.sources, LineConditions(), last: nil, needsLevels: true)
        var found: [ReadingScene.Line] = []
        var portions = 0
        var isAll = false
        while !isAll {
            let portion = try ReadingScene.portion(of: logs, count)
            found += portion.lines
            isAll = portion.isAll
            portions += 1
        }
        #expect(found == scene.lines)
        // Whole pieces of files are given: more than asked for, but never much.
        #expect(count == 100_000 ? portions == 1 : portions > 10)
    }

    @Test func `an error is found with its stack trace, however its lines lie in blocks`() throws {
        let scene = try scene(3)
        let errors = scene.lines.filter { $0.isError }
        #expect(errors.count > 60)
        #expect(try scene.read(LineConditions(lowestLevel: .error)) == errors)
        #expect(try scene.read(LineConditions(lowestLevel: .error), last: 31) == errors.suffix(31))
    }

    @Test func `lines are searched`() throws {
        let scene = try scene(5)
        for text in ["line 77 ", "x{55,}", "^line [0-9]*5 "] {
            let pattern = try LinePattern(text)
            let wanted = scene.lines.filter { pattern.matches(Array($0.text.utf8).span) }
            #expect(!wanted.isEmpty)
            let found = try scene.read(LineConditions(pattern: pattern))
            #expect(found == wanted)
            #expect(try scene.read(LineConditions(pattern: pattern), last: 2) == wanted.suffix(2))
        }
    }

    @Test func `the last lines of a file of many blocks are found`() throws {
        let scene = try ReadingScene(logs: 2)
        for number in 0..<3000 {
            scene.now += 2_000_000
            let filling = String(repeating: "y", count: scene.number(0...3000))
            try scene.put(number % 7 == 0 ? 1 : 0, ["\(number) \(filling)"])
        }
        for count in [1, 10, 99, 1500, 2999, 3000] {
            #expect(try scene.read(last: count) == scene.lines.suffix(count), "last \(count)")
        }
        let pattern = try LinePattern("^29?0 ")
        #expect(
            try scene.read(LineConditions(pattern: pattern), last: 2).map { $0.text.prefix(3) } == [
                "20 ", "290",
            ]
        )
    }

    @Test func `a follower gets each new line once, over rotations`() throws {
        let scene = try ReadingScene(logs: 2, seed: 9) { $0.maximumFileBytes = 300 }
        for _ in 0..<50 { try scene.write() }
        let logs = try MergedLogs(scene.sources, LineConditions(), last: 10)
        let known = scene.lines.count
        var found = try ReadingScene.read(logs, isComplete: false)
        for _ in 0..<60 {
            for _ in 0..<scene.number(0...12) { try scene.write() }
            logs.wake(0)
            logs.wake(1)
            found += try ReadingScene.read(logs, isComplete: false)
        }
        #expect(found.map(\.text) == scene.lines.suffix(found.count).map(\.text))
        #expect(found.count == scene.lines.count - known + 10)
    }

    @Test func `a follower that is far behind leaves out what is old and says how much`() throws {
        let scene = try ReadingScene(logs: 1)
        try scene.put(0, ["first"])
        let logs = try MergedLogs(scene.sources, LineConditions(), last: 1)
        #expect(try ReadingScene.read(logs, isComplete: false).map(\.text) == ["first"])
        try scene.put(0, [String(repeating: "z", count: 2000)])
        #expect(logs.skipBacklogs(above: 4000).isEmpty)
        let skipped = logs.skipBacklogs(above: 1000)
        #expect(skipped.map(\.bytes) == [2001])
        try scene.put(0, ["next"])
        logs.wake(0)
        #expect(try ReadingScene.read(logs, isComplete: false).map(\.text) == ["next"])
    }

    @Test func `a line without an end comes last, or when it is whole`() throws {
        let scene = try ReadingScene(logs: 1)
        try scene.put(0, ["whole"])
        try scene.scenes[0].write("half")
        scene.scenes[0].moveAll()
        #expect(try scene.read().map(\.text) == ["whole", "half"])
        #expect(try scene.read(last: 1).map(\.text) == ["half"])
        let logs = try MergedLogs(scene.sources, LineConditions(), last: 2)
        #expect(try ReadingScene.read(logs, isComplete: false).map(\.text) == ["whole"])
        try scene.scenes[0].write(" and the rest\n")
        scene.scenes[0].moveAll()
        logs.wake(0)
        #expect(try ReadingScene.read(logs, isComplete: false).map(\.text) == ["half and the rest"])
    }

    @Test func `a very long line comes in parts and is one line for those who count`() throws {
        let scene = try ReadingScene(logs: 1)
        let long = String(repeating: "l", count: 5 << 19)
        try scene.put(0, ["before"])
        // In pieces that fit into the pipe.
        for _ in 0..<80 {
            try scene.scenes[0].write(String(long.prefix(1 << 15)))
            scene.scenes[0].moveAll()
        }
        try scene.put(0, ["end", "after"])
        let parts = try scene.read(last: 2)
        #expect(parts.dropLast().map(\.text).joined() == long + "end")
        #expect(parts.dropLast().count == 3)
        #expect(parts.last?.text == "after")
    }

    @Test func `logs that are not there, or empty, hold nothing`() throws {
        let logs = try MergedLogs(
            [LogSource(log: LogPath("/tmp/novi-there-is-no-such-folder/x.log"))],
            LineConditions(),
            last: 3
        )
        #expect(try ReadingScene.read(logs).isEmpty)
        let scene = try ReadingScene(logs: 2)
        #expect(try scene.read().isEmpty)
        #expect(try scene.read(LineConditions(since: 1)).isEmpty)
    }

    @Test func `a stack trace that began before the first moment asked for keeps its level`() throws {
        let scene = try ReadingScene(logs: 1)
        try scene.put(0, ["INFO nothing"])
        scene.now += 1_000_000_000
        try scene.put(0, ["ERROR boom"])
        scene.now += 1_000_000_000
        try scene.put(0, ["    at one", "    at two"], isError: true)
        try scene.put(0, ["INFO after"])
        let conditions = LineConditions(since: scene.now, lowestLevel: .error)
        #expect(try scene.read(conditions).map(\.text) == ["    at one", "    at two"])
        #expect(try scene.read(conditions, last: 1).map(\.text) == ["    at two"])
        #expect(try scene.read(LineConditions(since: scene.now)).map(\.isError) == [true, true, false])
    }

    @Test(arguments: 1...3) func `a part in time of a derived log is found by the times of its lines`(
        seed: UInt64
    ) throws {
        let scene = try ReadingScene(logs: 2, seed: seed) { $0.maximumFileBytes = 2000 }
        let app = try #require(AppName("api"))
        let sources = scene.scenes.enumerated().map { number, log in
            let process = ProcessName(app: app, instance: number)
            let origin = LineOrigin(process: process, processID: number, stream: .out)
            return DerivedJob.Source(log: log.log.log, origin: origin)
        }
        var policy = LogPolicy()
        policy.maximumFileBytes = 3000
        let target = LogPath("\(scene.scenes[0].folder)/derived.log")
        let job = DerivedJob(
            sources: sources,
            target: .file(target, .timestamped("HH:mm"), policy),
            start: .beginning
        )
        // In several sittings, as after crashes, each with a part of the lines.
        for _ in 0..<5 {
            for _ in 0..<40 { try scene.write() }
            let deriver = Deriver(readback: .none, chunkBytes: 512)
            _ = deriver.add(job)
            while let step = deriver.step(now: 1) {
                if case .failed(let error) = step.outcome { Issue.record("\(error)") }
            }
        }
        #expect(RotatedLog.all(of: target).count > 2)
        for _ in 0..<5 {
            let first = scene.lines[scene.number(0...90)].time
            let last = scene.lines[scene.number(100...190)].time
            let wanted = scene.lines.filter { $0.time >= first && $0.time <= last }.map(\.text)
            let logs = try MergedLogs(
                [LogSource(log: target)],
                LineConditions(since: first, until: last),
                last: nil
            )
            let found = try ReadingScene.read(logs).map { String($0.text.dropFirst(7)) }
            #expect(found == wanted)
        }
    }
}
