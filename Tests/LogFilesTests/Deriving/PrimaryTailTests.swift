import Glibc
import LinuxSystem
import SupervisorCore
import Testing

@testable import LogFiles

struct PrimaryTailTests {
    private let scene: DerivingScene

    init() throws { scene = try DerivingScene() }

    @Test func `rotations between reads are followed in the order of their numbers`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "1\n")
        try scene.settle(deriver)
        try scene.append("api-out.log", "2\n")
        try scene.rotate("api-out.log", 1)
        try scene.append("api-out.log", "3\n")
        // The clock went back: the number counts, not the date.
        try scene.rotate("api-out.log", 2, day: "2026-10-01")
        try scene.append("api-out.log", "4\n")
        try scene.rotate("api-out.log", 3)
        try scene.append("api-out.log", "5\n")
        deriver.wake("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(scene.text("derived.log") == "1\n2\n3\n4\n5\n")
    }

    @Test func `a line that a rotation cut is put together`() throws {
        try scene.append("api-out.log", "one\ntw")
        try scene.rotate("api-out.log", 1)
        try scene.append("api-out.log", "o")
        try scene.rotate("api-out.log", 2)
        let job = scene.job([try scene.source("api-out.log")])
        try scene.derive(job)
        #expect(scene.text("derived.log") == "one\n")
        try scene.append("api-out.log", "\nthree\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == "one\ntwo\nthree\n")
    }

    // F48, M9
    @Test(arguments: [1 << 20, 256]) func `a last line without an end is complete where its run ended`(
        chunkBytes: Int
    ) throws {
        let ends = RunEnds()
        let deriver = Deriver(readback: .none, runEnds: ends, chunkBytes: chunkBytes)
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        let path = "\(scene.folder)/api-out.log"
        var expected = ""
        for (number, text) in ["one\ntorn", "whole\n", "", "again torn", "last"].enumerated() {
            // Read before the end is told, or after the next run has written: it makes no difference.
            if number % 2 == 0 { try scene.settle(deriver) }
            try scene.append("api-out.log", text)
            if number == 3 {
                deriver.wake(path)
                try scene.settle(deriver)
            }
            let status = try FileStatus(path: path)
            ends.add(.init(identity: status.identity, offset: status.size), of: path)
            expected += text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
            deriver.wake(path)
        }
        try scene.rotate("api-out.log", 1)
        try scene.append("api-out.log", "after\n")
        deriver.wake(path)
        try scene.settle(deriver)
        #expect(scene.text("derived.log") == expected + "after\n")
        #expect(scene.text("api-out-2026-11-24-0001.log") == "one\ntornwhole\nagain tornlast")
    }

    @Test func `files that moved to the archive are found there`() throws {
        let job = scene.job([try scene.source("api-out.log")])
        try scene.append("api-out.log", "1\n")
        try scene.derive(job)
        try scene.append("api-out.log", "2\n")
        try scene.rotate("api-out.log", 1)
        try Directory.create("\(scene.folder)/archive")
        try FileContents.rename(
            "\(scene.folder)/api-out-2026-11-24-0001.log",
            to: "\(scene.folder)/archive/api-out-2026-11-24-0001.log"
        )
        try scene.append("api-out.log", "3\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == "1\n2\n3\n")
    }

    @Test func `a file that others cut is read from its new beginning, and it is told`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "one\ntwo\nrest")
        try scene.settle(deriver)
        try scene.write("api-out.log", Array("new\n".utf8))
        deriver.wake("\(scene.folder)/api-out.log")
        #expect(try scene.settle(deriver) == [.cut])
        #expect(scene.text("derived.log") == "one\ntwo\nrest\nnew\n")
    }

    @Test func `a file that was cut and grew beyond our place is read from its new beginning`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.append("api-out.log", "one\n")
        try scene.settle(deriver)
        try scene.write("api-out.log", Array("other and longer\n".utf8))
        deriver.wake("\(scene.folder)/api-out.log")
        #expect(try scene.settle(deriver) == [.cut])
        #expect(scene.text("derived.log") == "one\nother and longer\n")
    }

    @Test func `a file that was cut while nobody looked is read from its new beginning`() throws {
        let job = scene.job([try scene.source("api-out.log")])
        try scene.append("api-out.log", "one\n")
        try scene.derive(job)
        try scene.write("api-out.log", Array("other and longer\n".utf8))
        #expect(try scene.derive(job) == [.cut])
        #expect(scene.text("derived.log") == "one\nother and longer\n")
    }

    @Test func `a file that is gone is told, and what came after it is read`() throws {
        let job = scene.job([try scene.source("api-out.log")])
        try scene.append("api-out.log", "one\n")
        try scene.derive(job)
        try scene.rotate("api-out.log", 1)
        // Held open, so that its number on the device is not given to the next file.
        let file = Descriptor(open("\(scene.folder)/api-out-2026-11-24-0001.log", O_RDONLY))
        unlink("\(scene.folder)/api-out-2026-11-24-0001.log")
        try scene.append("api-out.log", "two\n")
        try scene.rotate("api-out.log", 2)
        try scene.append("api-out.log", "three\n")
        #expect(try scene.derive(job) == [.lost])
        #expect(scene.text("derived.log") == "one\ntwo\nthree\n")
        file.close()
    }

    @Test func `a new file with the number of a deleted one is not taken for it`() throws {
        let job = scene.job([try scene.source("api-out.log")])
        try scene.append("api-out.log", "one\n")
        try scene.derive(job)
        unlink("\(scene.folder)/api-out.log")
        try scene.append("api-out.log", "eno\nmore\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == "one\neno\nmore\n")
    }

    @Test(arguments: [
        (DerivedJob.Start.beginning, "1\n2\n3\n4\n"), (.live, "2\n3\n4\n"), (.end, "3\n4\n"),
    ])
    func `a first reading begins where it is asked to, a later one where it stopped`(
        start: DerivedJob.Start,
        expected: String
    ) throws {
        try scene.append("api-out.log", "1\n")
        try scene.rotate("api-out.log", 1)
        try scene.append("api-out.log", "2\n")
        let job = scene.job([try scene.source("api-out.log")], start: start)
        try scene.derive(job)
        try scene.append("api-out.log", "3\n")
        try scene.rotate("api-out.log", 2)
        try scene.append("api-out.log", "4\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == expected)
    }

    @Test func `a log that does not exist yet is read from its first byte`() throws {
        let job = scene.job([try scene.source("api-out.log")], start: .live)
        try scene.derive(job)
        try scene.append("api-out.log", "1\n")
        try scene.rotate("api-out.log", 1)
        try scene.append("api-out.log", "2\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == "1\n2\n")
    }

    @Test func `the log of another app with a similar name is not touched`() throws {
        try scene.append("api-out-error.log", "no\n")
        try scene.rotate("api-out-error.log", 1)
        try scene.append("api-out.log", "yes\n")
        try scene.derive(scene.job([try scene.source("api-out.log")]))
        #expect(scene.text("derived.log") == "yes\n")
    }

    @Test func `a line of many megabytes without an end needs bounded memory`() throws {
        try scene.write("api-out.log", [UInt8](repeating: 0, count: 6 << 20))
        let deriver = scene.engine(chunkBytes: 256 << 10)
        let id = deriver.add(scene.job([try scene.source("api-out.log")]))
        try scene.settle(deriver)
        #expect(deriver.counts(of: id)?.lines == 5)
        deriver.complete("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(deriver.counts(of: id)?.lines == 6)
        #expect(scene.read("derived.log").filter { $0 == 0 }.count == 6 << 20)
    }
}
