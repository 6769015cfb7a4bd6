import Shared
import Testing

@Suite struct WorkerReportTests {
    private func report(_ text: String) -> WorkerReport {
        WorkerReport(datagram: Array(text.utf8))
    }

    @Test func `assignments are read one a line`() {
        let report = report(
            "READY=1\nSTATUS=serving\nWATCHDOG=1\nX_NOVI_HEAP_USED=1048576\nX_NOVI_HEAP_TOTAL=2097152\n"
                + "X_NOVI_EXTERNAL=0\nERRNO=2\nX_NOVI_WHATSAPP=logged_out\nMAINPID=4711\nEXTEND_TIMEOUT_USEC=1500000"
        )
        #expect(report.isReady)
        #expect(report.status == "serving")
        #expect(report.isAlive)
        #expect(!report.asksForWatchdogAction)
        #expect(report.heapUsed == .mebibytes(1))
        #expect(report.heapTotal == .mebibytes(2))
        #expect(report.external == ByteCount(0))
        #expect(report.errorNumber == 2)
        #expect(report.whatsAppState == "logged_out")
        #expect(report.mainPID == 4711)
        #expect(report.extendsTimeout == .milliseconds(1500))
        #expect(!report.isStopping)
        #expect(!report.isReloading)
    }

    @Test func `watchdog, stopping and reloading are told apart`() {
        #expect(report("WATCHDOG=trigger").asksForWatchdogAction)
        #expect(!report("WATCHDOG=trigger").isAlive)
        #expect(report("STOPPING=1").isStopping)
        #expect(report("RELOADING=1").isReloading)
    }

    @Test(arguments: [
        "", "\n\n\n", "READY", "READY=", "READY=2", "READY=10", " READY=1", "READY =1", "ready=1", "=1",
        "X=1",
        "FDSTORE=1", "BARRIER=1", "READY=1 ",
    ])
    func `what is not ours is ignored`(text: String) {
        #expect(report(text) == WorkerReport())
    }

    @Test(arguments: [
        "MAINPID=0", "MAINPID=1", "MAINPID=-5", "MAINPID=99999999999", "ERRNO=x", "EXTEND_TIMEOUT_USEC=-1",
        "X_NOVI_HEAP_USED=-1", "X_NOVI_HEAP_USED=1.5", "X_NOVI_HEAP_USED=99999999999999999999",
        "X_NOVI_HEAP_TOTAL=", "X_NOVI_EXTERNAL=0x10",
        "X_NOVI_WHATSAPP=", "X_NOVI_WHATSAPP=Ready", "X_NOVI_WHATSAPP=a b",
        "X_NOVI_WHATSAPP=abcdefghijklmnopqrstuvwxy",
    ])
    func `a malformed value is ignored, and the rest counts`(text: String) {
        var expected = WorkerReport()
        expected.isReady = true
        #expect(report(text + "\nREADY=1") == expected)
    }

    @Test func `the last of two assignments counts`() {
        #expect(!report("READY=1\nREADY=0").isReady)
        #expect(report("STATUS=a\nSTATUS=b").status == "b")
    }

    @Test func `an extension is at most an hour`() {
        #expect(report("EXTEND_TIMEOUT_USEC=9223372036854775807").extendsTimeout == .seconds(3600))
    }

    @Test func `a status is cut, and its control characters are blanks`() {
        #expect(report("STATUS=a\u{1B}[2Jb\tc\u{7F}").status == "a [2Jb c ")
        let long = String(repeating: "ä", count: 1000)
        #expect(report("STATUS=\(long)").status?.count == WorkerReport.maximumStatusLength)
        #expect(report("STATUS=").status == "")
        #expect(report("STATUS=a=b").status == "a=b")
    }

    @Test func `nothing beyond the longest datagram is read`() {
        let filler = String(repeating: "X", count: WorkerReport.maximumDatagramLength)
        #expect(!report(filler + "\nREADY=1").isReady)
    }

    @Test func `broken UTF-8 does no harm`() {
        let report = WorkerReport(
            datagram: [0xFF, 0xFE, 0x0A] + Array("STATUS=".utf8) + [0xC3, 0x0A] + Array("READY=1".utf8)
        )
        #expect(report.isReady)
        #expect(report.status == "\u{FFFD}")
    }

    @Test func `any bytes give a report`() {
        var state: UInt64 = 1
        for length in 0..<500 {
            let bytes = (0..<length).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let letters = Array("READY=1\nSTATUS=X_NOVI_HEAP_USED0".utf8)
                let draw = UInt8(truncatingIfNeeded: state >> 40)
                return draw < 200 ? letters[Int(draw) % letters.count] : draw
            }
            let report = WorkerReport(datagram: bytes)
            #expect((report.status ?? "").count <= WorkerReport.maximumStatusLength)
            #expect((report.heapUsed ?? ByteCount(0)) >= ByteCount(0))
        }
    }
}
