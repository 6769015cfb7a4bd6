import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import noviSupervisord

/// The journal says what is about to be done, whatever instant the daemon died at.
@Suite struct RunJournalTests {
    private let folder: ScratchFolder
    private let path: String
    private let lines: [JournalLine] = [
        .begin(generation: 3), .done(generation: 3),
        .executed(
            ExecutedRun(
                run: RunID(rawValue: 0x10),
                pid: 812,
                startTicks: 99,
                output: "14:700",
                error: nil
            )
        ),
        .told(RunID(rawValue: 0x10), StopMark(position: 2, kills: 1)), .forgotten(process: 7),
    ]

    init() throws {
        folder = try ScratchFolder()
        path = folder.file("runs.journal")
    }

    private func fill() throws {
        let journal = try RunJournal(path: path, bootID: "boot")
        for line in lines { journal.append(line) }
        journal.flush()
    }

    @Test func `the lines are those that other versions read`() throws {
        try fill()
        let text = try folder.text("runs.journal")
        #expect(text.hasPrefix("novi-runs \(RunJournal.version) boot\n"))
        let expected = """
            begin 3
            done 3
            pid 0000000000000010 812 99 14:700 -
            told 0000000000000010 2 1
            forget 7

            """
        #expect(text.drop { $0 != "\n" }.dropFirst() == expected)
    }

    @Test func `what was written is found again, and gone on with`() throws {
        try fill()
        let loaded = RunJournal.load(path: path, bootID: "boot")
        #expect(loaded.lines == lines)
        #expect(loaded.remarks.isEmpty)
        let next = try RunJournal(path: path, bootID: "boot", goingOnWith: loaded)
        next.append(.forgotten(process: 8))
        next.flush()
        #expect(RunJournal.load(path: path, bootID: "boot").lines == lines + [.forgotten(process: 8)])
    }

    @Test(arguments: ["another", "boo", "boott"])
    func `the journal of another boot is void`(bootID: String) throws {
        try fill()
        let loaded = RunJournal.load(path: path, bootID: bootID)
        #expect(loaded.lines.isEmpty)
        #expect(loaded.usableBytes == nil)
    }

    @Test func `no journal and an empty one hold nothing and are no trouble`() throws {
        #expect(RunJournal.load(path: path, bootID: "boot").lines.isEmpty)
        try folder.write("", to: "runs.journal")
        let loaded = RunJournal.load(path: path, bootID: "boot")
        #expect(loaded.lines.isEmpty)
        #expect(loaded.usableBytes == nil)
    }

    @Test func `a file that is none is set aside by name and told`() throws {
        try folder.write("nonsense\nmore\n", to: "runs.journal")
        let loaded = RunJournal.load(path: path, bootID: "boot")
        #expect(loaded.lines.isEmpty)
        #expect(loaded.remarks.count == 1)
        #expect(try folder.text("runs.journal.unusable-1") == "nonsense\nmore\n")
    }

    @Test func `cut anywhere it tells the lines that are whole, and the next line stands alone`() throws {
        try fill()
        let whole = try folder.bytes("runs.journal")
        for length in 0...whole.count {
            let cut = Array(whole.prefix(length))
            try folder.write(cut, to: "runs.journal")
            let count = max(0, cut.count { $0 == 0x0A } - 1)
            let loaded = RunJournal.load(path: path, bootID: "boot")
            #expect(loaded.lines == Array(lines.prefix(count)), "\(length)")
            let next = try RunJournal(path: path, bootID: "boot", goingOnWith: loaded)
            next.append(.forgotten(process: 8))
            next.flush()
            let after = RunJournal.load(path: path, bootID: "boot")
            #expect(after.lines == Array(lines.prefix(count)) + [.forgotten(process: 8)], "\(length)")
        }
    }

    @Test func `lines that make no sense, and those of a later version, are passed over and counted`() throws
    {
        let text = """
            novi-runs 1 boot
            pid zzz 812 99 - -
            pid 0000000000000010 1 99 - -
            pid 0000000000000010 -7 99 - -
            tomorrow 0000000000000010 x y z
            forget
            forget 7

            """
        try folder.write(text, to: "runs.journal")
        let loaded = RunJournal.load(path: path, bootID: "boot")
        #expect(loaded.lines == [.forgotten(process: 7)])
        #expect(loaded.remarks == ["5 lines of the run journal made no sense"])
    }

    @Test func `it says when it has grown, and is written anew with what is given`() throws {
        let journal = try RunJournal(path: path, bootID: "boot")
        #expect(!journal.isOverdue(living: 1))
        for number in 0...(RunJournal.slack + 4) { journal.append(.forgotten(process: number)) }
        journal.flush()
        #expect(journal.isOverdue(living: 1))
        journal.rewrite(lines)
        #expect(!journal.isOverdue(living: 1))
        #expect(RunJournal.load(path: path, bootID: "boot").lines == lines)
    }

    @Test func `one that somebody removed is there again after it was written anew`() throws {
        let journal = try RunJournal(path: path, bootID: "boot")
        try FileContents.remove(path)
        journal.rewrite(lines)
        journal.append(.forgotten(process: 8))
        journal.flush()
        #expect(RunJournal.load(path: path, bootID: "boot").lines == lines + [.forgotten(process: 8)])
    }
}
