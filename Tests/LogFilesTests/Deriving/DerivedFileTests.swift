import Glibc
import LinuxSystem
import SupervisorCore
import Testing

@testable import LogFiles

struct DerivedFileTests {
    private let scene: DerivingScene

    init() throws { scene = try DerivingScene() }

    @Test func `a derived file follows its source step by step`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.settle(deriver)
        #expect(scene.text("derived.log").isEmpty)
        for round in 0..<10 {
            try scene.append("api-out.log", DerivingScene.lines(round * 10..<round * 10 + 10))
            deriver.wake("\(scene.folder)/api-out.log")
            try scene.settle(deriver)
            #expect(scene.text("derived.log") == DerivingScene.lines(0..<round * 10 + 10))
        }
    }

    @Test func `a line without an end waits and is completed when its writer has ended`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "one\ntorn")
        try scene.settle(deriver)
        #expect(scene.text("derived.log") == "one\n")
        deriver.complete("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(scene.text("derived.log") == "one\ntorn\n")
        try scene.append("api-out.log", "next\n")
        deriver.wake("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(scene.text("derived.log") == "one\ntorn\nnext\n")
        #expect(scene.text("api-out.log") == "one\ntornnext\n")
    }

    @Test func `a writer that ended before the first look is not forgotten`() throws {
        let deriver = scene.engine()
        try scene.append("api-out.log", "torn")
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        deriver.complete("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(scene.text("derived.log") == "torn\n")
    }

    @Test func `binary, NUL, invalid UTF-8 and colour codes pass byte for byte`() throws {
        var bytes: [UInt8] = []
        for byte in UInt8(0)...255 { bytes += [byte, 0x1B, 0x5B, 0x33, 0x31, 0x6D, 0, 0xC3, 0x28, 0x0A] }
        try scene.write("api-out.log", bytes)
        try scene.derive(scene.job([try scene.source("api-out.log")]))
        #expect(scene.read("derived.log") == bytes)
    }

    @Test func `only lines of the wanted level pass, with the steps of their stack traces`() throws {
        try scene.write(
            "api-out.log",
            Array(
                """
                up
                ERROR bad
                    at f (x.js:1)
                    at g (x.js:2)
                back to work
                {"level":50,"msg":"x"}
                {"level":30,"msg":"x"}
                WARN hm

                """.utf8
            )
        )
        try scene.derive(scene.job([try scene.source("api-out.log")], .level(.error)))
        #expect(
            scene.text("derived.log") == """
                ERROR bad
                    at f (x.js:1)
                    at g (x.js:2)
                {"level":50,"msg":"x"}

                """
        )
    }

    @Test func `lines that say no level have that of their output`() throws {
        try scene.write("api-error.log", Array("something\nINFO fine\n".utf8))
        try scene.derive(scene.job([try scene.source("api-error.log", "api", .error)], .level(.error)))
        #expect(scene.text("derived.log") == "something\n")
    }

    @Test func `an error log by stream takes that stream only`() throws {
        try scene.write("api-out.log", Array("out\n".utf8))
        try scene.write("api-error.log", Array("error\n".utf8))
        let sources = [try scene.source("api-out.log"), try scene.source("api-error.log", "api", .error)]
        try scene.derive(scene.job(sources, .stream(.error)))
        #expect(scene.text("derived.log") == "error\n")
    }

    @Test func `a line that is longer than the maximum comes in marked parts`() throws {
        try scene.write("api-out.log", [UInt8](repeating: 0x61, count: 2500) + [0x0A, 0x62, 0x0A])
        try scene.derive(scene.job([try scene.source("api-out.log")], maximumLineBytes: 1000))
        let lines = scene.text("derived.log").split(separator: "\n")
        #expect(lines.map(\.count) == [1002, 1004, 502, 1])
        #expect(lines[1].hasPrefix("… a") && lines[1].hasSuffix("a …"))
    }

    @Test(arguments: [DerivedFormat.plain, .json(stamp: nil), .prefixed(stamp: nil)])
    func `a crash at any point of a write or a commit leaves neither gap nor double`(
        format: DerivedFormat
    ) throws {
        let job = scene.job([try scene.source("api-out.log")], .level(.info), format)
        try scene.write("api-out.log", Array((DerivingScene.lines(0..<40) + "DEBUG no\n  no\n").utf8))
        // What the file and its record are after each step of an undisturbed run.
        var states: [(file: [UInt8], record: [UInt8])] = []
        let deriver = scene.engine()
        _ = deriver.add(job)
        try scene.settle(deriver) {
            states.append((scene.read("derived.log"), scene.read(".derived.log.commit")))
        }
        let expected = scene.read("derived.log")
        #expect(expected.filter { $0 == 0x0A }.count == 40)
        #expect(states.count > 8)
        for (before, after) in zip(states, states.dropFirst()) {
            // Killed while the output was written, or before the commit.
            for length in Set([
                before.file.count, before.file.count + 1, (before.file.count + after.file.count) / 2,
                after.file.count,
            ]) {
                try scene.write("derived.log", Array(after.file.prefix(length)))
                try scene.write(".derived.log.commit", before.record)
                try scene.derive(job)
                #expect(scene.read("derived.log") == expected)
            }
            // Killed inside the commit: any part of the new record over the old one.
            for count in stride(from: 0, through: min(before.record.count, after.record.count), by: 23) {
                try scene.write("derived.log", after.file)
                try scene.write(
                    ".derived.log.commit",
                    Array(after.record[..<count] + before.record[count...])
                )
                try scene.derive(job)
                #expect(scene.read("derived.log") == expected)
            }
        }
    }

    @Test func `a crash between two rotations of the source leaves neither gap nor double`() throws {
        let job = scene.job([try scene.source("api-out.log")])
        var expected = ""
        for round in 1..<20 {
            let text = DerivingScene.lines(round * 10..<round * 10 + 10)
            try scene.append("api-out.log", text)
            expected += text
            if round % 3 != 0 {
                // A part of it, then a crash.
                let deriver = scene.engine()
                _ = deriver.add(job)
                for _ in 0..<round % 4 { _ = deriver.step(now: 1) }
            }
            if round % 2 == 0 { try scene.rotate("api-out.log", round / 2) }
        }
        try scene.derive(job)
        #expect(scene.text("derived.log") == expected)
    }

    @Test func `a derived file that others cut is written on at its end`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "one\n")
        try scene.settle(deriver)
        try scene.write("derived.log", [])
        try scene.append("api-out.log", "two\n")
        deriver.wake("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(scene.read("derived.log") == Array("two\n".utf8))
    }

    @Test func `a derived file that others renamed is begun anew`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "one\n")
        try scene.settle(deriver)
        try FileContents.rename("\(scene.folder)/derived.log", to: "\(scene.folder)/derived.log.1")
        try scene.append("api-out.log", "two\n")
        deriver.wake("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(scene.text("derived.log") == "two\n")
        #expect(scene.text("derived.log.1") == "one\n")
        try scene.append("api-out.log", "three\n")
        try scene.derive(scene.job([try scene.source("api-out.log")]))
        #expect(scene.text("derived.log") == "two\nthree\n")
    }

    @Test func `a file that was there before any record is kept`() throws {
        try scene.write("derived.log", Array("old\n".utf8))
        try scene.write("api-out.log", Array("new\n".utf8))
        try scene.derive(scene.job([try scene.source("api-out.log")]))
        #expect(scene.text("derived.log") == "old\nnew\n")
    }

    @Test func `a target that fails is tried again and gets each line once`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "one\n")
        try scene.settle(deriver)
        // A folder in its place.
        unlink("\(scene.folder)/derived.log")
        try Directory.create("\(scene.folder)/derived.log")
        try scene.append("api-out.log", "two\n")
        deriver.wake("\(scene.folder)/api-out.log")
        let step = try #require(deriver.step(now: 1))
        guard case .failed = step.outcome else {
            Issue.record("\(step.outcome)")
            return
        }
        #expect(deriver.step(now: 2) == nil)
        let retry = try #require(deriver.nextTry)
        try Directory.remove("\(scene.folder)/derived.log")
        try scene.append("api-out.log", "three\n")
        while deriver.step(now: retry) != nil {}
        #expect(scene.text("derived.log") == "two\nthree\n")
    }

    @Test func `several sources into one file are whole lines with their names`() throws {
        try scene.write("a-out.log", Array(DerivingScene.lines(0..<50, "a").utf8))
        try scene.write("b-out.log", Array(DerivingScene.lines(0..<50, "b").utf8))
        let sources = [try scene.source("a-out.log", "a"), try scene.source("b-out.log", "b", instance: 1)]
        try scene.derive(scene.job(sources, .all, .prefixed(stamp: nil)))
        let lines = scene.text("derived.log").split(separator: "\n")
        #expect(lines.count == 100)
        #expect(lines.filter { $0.hasPrefix("a | a ") }.count == 50)
        #expect(lines.filter { $0.hasPrefix("b:1 | b ") }.count == 50)
    }

    @Test func `a source that is added later goes into the same record`() throws {
        try scene.write("a-out.log", Array("a\n".utf8))
        try scene.derive(scene.job([try scene.source("a-out.log")]))
        var sources = [try scene.source("a-out.log")]
        for index in 0..<20 {
            try scene.write("s\(index)-out.log", Array("s\(index)\n".utf8))
            sources.append(try scene.source("s\(index)-out.log"))
        }
        try scene.derive(scene.job(sources))
        #expect(scene.text("derived.log") == "a\n" + (0..<20).map { "s\($0)\n" }.joined())
        try scene.append("s19-out.log", "more\n")
        try scene.derive(scene.job(sources))
        #expect(scene.text("derived.log").hasSuffix("s19\nmore\n"))
    }

    @Test func `the floor is what was not derived yet`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "one\ntwo")
        #expect(deriver.floors.map(\.position.sequence) == [0])
        try scene.settle(deriver)
        let floor = try #require(deriver.floors.first)
        #expect(floor.position.offset == 4)
        #expect(floor.position.identity == (try FileStatus(path: "\(scene.folder)/api-out.log").identity))
        #expect(floor.isEssential)
    }

    @Test func `a record reads back what it writes, and a changed byte makes it none`() {
        let record = CommitRecord(
            serial: 9,
            target: FileStatus.Identity(device: 1, inode: 2),
            length: 3,
            positions: [
                4: SourcePosition(
                    sequence: 5,
                    identity: FileStatus.Identity(device: 6, inode: 7),
                    offset: 8,
                    checksum: 9,
                    isInsideLine: true,
                    level: .error
                ), 5: SourcePosition(sequence: 1),
            ]
        )
        let bytes = CommitFile.encode(record, capacity: 8)
        #expect(CommitFile.decode(bytes) == record)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x10
            #expect(CommitFile.decode(changed) == nil)
        }
        #expect(CommitFile.decode([UInt8](repeating: 0, count: bytes.count)) == nil)
    }
}
