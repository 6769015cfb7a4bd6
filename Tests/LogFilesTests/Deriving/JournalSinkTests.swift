import Glibc
import LinuxSystem
import SupervisorCore
import Testing

@testable import LogFiles

struct JournalSinkTests {
    private let scene: DerivingScene

    init() throws { scene = try DerivingScene() }

    private func job(_ filter: DerivedJob.Filter = .all) throws -> DerivedJob {
        DerivedJob(
            sources: [try scene.source("api-out.log")],
            filter: filter,
            target: .journal(commitPath: "\(scene.folder)/.api-out.log.journal", parsesFields: false),
            start: .beginning
        )
    }

    private func messages(_ socket: DatagramSocket) throws -> [String] {
        var messages: [String] = []
        while let datagram = try socket.receive() {
            let text = String(decoding: datagram.bytes, as: UTF8.self)
            messages += text.split(separator: "\n").filter { $0.hasPrefix("MESSAGE=") }.map {
                String($0.dropFirst(8))
            }
        }
        return messages
    }

    /// A journalctl that knows one entry.
    private func readback(_ offset: String) throws -> JournalReadback {
        let script = """
            #!/bin/sh
            [ "$1" = --sync ] && exit 0
            case "$*" in *NOVI_APP=api*NOVI_INSTANCE=0*NOVI_STREAM=out*_UID=*) ;; *) exit 1 ;; esac
            printf '__CURSOR=x\\nMESSAGE\\n\\003\\0\\0\\0\\0\\0\\0\\0a\\nb\\nNOVI_OFFSET=\(offset)\\n\\n'

            """
        try scene.write("journalctl", Array(script.utf8))
        chmod("\(scene.folder)/journalctl", 0o755)
        return JournalReadback(executable: "\(scene.folder)/journalctl")
    }

    private func engine(_ readback: JournalReadback = .none) -> Deriver {
        Deriver(journal: JournalSocket(path: "\(scene.folder)/journal"), readback: readback)
    }

    @Test func `each line becomes one entry with its level and its offset`() throws {
        let socket = try DatagramSocket(bind: "\(scene.folder)/journal")
        try scene.append("api-out.log", "one\nERROR two\n")
        let deriver = engine()
        _ = deriver.add(try job())
        try scene.settle(deriver)
        let identity = try FileStatus(path: "\(scene.folder)/api-out.log").identity
        let first = try #require(try socket.receive()).bytes
        #expect(
            String(decoding: first, as: UTF8.self) == """
                SYSLOG_IDENTIFIER=novi-api
                NOVI_APP=api
                NOVI_INSTANCE=0
                NOVI_RUN=0000000000000007
                NOVI_STREAM=out
                PRIORITY=6
                NOVI_OFFSET=\(identity.device):\(identity.inode):4
                MESSAGE=one

                """
        )
        let second = String(decoding: try #require(try socket.receive()).bytes, as: UTF8.self)
        #expect(second.contains("PRIORITY=3\n"))
        #expect(second.contains(":14\nMESSAGE=ERROR two\n"))
        #expect(try socket.receive() == nil)
    }

    @Test func `a full journal is waited for, and each line is sent once`() throws {
        let socket = try DatagramSocket(bind: "\(scene.folder)/journal")
        try scene.append("api-out.log", (0..<2000).map { "\($0)\n" }.joined())
        let deriver = engine()
        _ = deriver.add(try job())
        var received: [String] = []
        var waits = 0
        for turn in 0..<5000 where received.count < 2000 {
            if deriver.step(now: Int64(turn))?.outcome == .waitsForJournal {
                waits += 1
                received += try messages(socket)
                deriver.wakeJournal()
            }
            if waits == 0 || turn % 7 == 0 { received += try messages(socket) }
        }
        #expect(received == (0..<2000).map { "\($0)" })
    }

    @Test func `without a journal nothing is lost and nobody polls`() throws {
        try scene.append("api-out.log", "one\ntwo\n")
        let deriver = engine()
        _ = deriver.add(try job())
        let now = Clocks.monotonicNanoseconds()
        #expect(deriver.step(now: now)?.outcome == .journalAbsent)
        #expect(deriver.step(now: now) == nil)
        #expect(deriver.floors.first?.isEssential == false)
        #expect(deriver.floors.first?.position.offset == 0)
        let retry = try #require(deriver.nextTry)
        let socket = try DatagramSocket(bind: "\(scene.folder)/journal")
        usleep(1_050_000)
        #expect(deriver.step(now: retry)?.outcome == .progressed)
        #expect(try messages(socket) == ["one", "two"])
    }

    @Test func `a daemon that died before it noted what it sent asks the journal`() throws {
        let socket = try DatagramSocket(bind: "\(scene.folder)/journal")
        try scene.append("api-out.log", "one\n")
        var deriver = engine()
        _ = deriver.add(try job())
        try scene.settle(deriver)
        let record = scene.read(".api-out.log.journal")
        try scene.append("api-out.log", "two\nthree\n")
        deriver.wake("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(try messages(socket) == ["one", "two", "three"])
        // `two` was sent, but the record still says `one`.
        try scene.write(".api-out.log.journal", record)
        let identity = try FileStatus(path: "\(scene.folder)/api-out.log").identity
        try scene.rotate("api-out.log", 1)
        try scene.append("api-out.log", "four\n")
        deriver = engine(try readback("\(identity.device):\(identity.inode):8"))
        _ = deriver.add(try job())
        try scene.settle(deriver)
        #expect(try messages(socket) == ["three", "four"])
    }

    @Test func `an answer of the journal that is older than the record changes nothing`() throws {
        let socket = try DatagramSocket(bind: "\(scene.folder)/journal")
        try scene.append("api-out.log", "one\ntwo\n")
        var deriver = engine()
        _ = deriver.add(try job(.level(.critical)))
        try scene.settle(deriver)
        let identity = try FileStatus(path: "\(scene.folder)/api-out.log").identity
        deriver = engine(try readback("\(identity.device):\(identity.inode):4"))
        _ = deriver.add(try job())
        try scene.settle(deriver)
        #expect(try messages(socket).isEmpty)
    }

    @Test func `a journal that does not answer holds nobody up`() throws {
        try scene.write("journalctl", Array("#!/bin/sh\nexec sleep 60\n".utf8))
        chmod("\(scene.folder)/journalctl", 0o755)
        let readback = JournalReadback(executable: "\(scene.folder)/journalctl", timeoutMilliseconds: 100)
        let before = Clocks.monotonicNanoseconds()
        #expect(readback.lastOffset(of: try scene.source("api-out.log").origin) == nil)
        #expect(Clocks.monotonicNanoseconds() - before < 2_000_000_000)
    }

    @Test(arguments: [
        "", "NOVI_OFFSET", "NOVI_OFFSET\n", "MESSAGE\n\u{7F}\0\0\0\0\0\0\0NOVI_OFFSET=1:2:3\n",
        "XNOVI_OFFSET=1:2:3\n",
        "NOVI_OFFSET=x\n", "MESSAGE\n\u{15}\0\0\0\0\0\0\0x\nNOVI_OFFSET=1:2:3\n\n\n",
    ])
    func `an export without an offset, or with one inside a message, says nothing`(export: String) {
        #expect(JournalReadback.offset(inExport: Array(export.utf8)) == nil)
    }
}
