import Glibc
import Testing

@testable import Observation

@Suite struct HistoryTests {
    private final class Folder {
        let path: String

        init() {
            var template = Array("/tmp/novi-history-XXXXXX".utf8CString)
            mkdtemp(&template)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        deinit {
            for name in ["a", "b"] {
                unlink("\(path)/\(name).history")
                unlink("\(path)/\(name).history.old")
            }
            for number in 0...300 { unlink("\(path)/p\(number).history") }
            rmdir(path)
        }
    }

    private static let start: Int64 = 1_795_672_800

    @Test func `each second is kept for an hour, then overwritten`() throws {
        let folder = Folder()
        let history = try History(directory: folder.path)
        for second in 0..<4000 {
            try history.note(Moment(cpuPercent: Double(second)), process: "a", at: Self.start + Int64(second))
        }
        let all = history.series(.cpu, process: "a", .second, from: 0, to: Self.start + 3999)
        #expect(all.count == 3600)
        #expect(all.first == HistoryPoint(time: Self.start + 400, average: 400, maximum: 400))
        #expect(all.last?.time == Self.start + 3999)
        let part = history.series(.cpu, process: "a", .second, from: Self.start + 1000, to: Self.start + 1001)
        #expect(part.map(\.average) == [1000, 1001])
    }

    @Test func `minutes and hours have mean and maximum of what was measured in them`() throws {
        let folder = Folder()
        let history = try History(directory: folder.path)
        for second in 0..<7200 {
            let moment = Moment(memoryBytes: second % 60 == 30 ? 1000 : 100)
            try history.note(moment, process: "a", at: Self.start + Int64(second))
        }
        let minutes = history.series(.memory, process: "a", .minute, from: Self.start, to: Self.start + 7199)
        #expect(minutes.count == 120)
        #expect(minutes.allSatisfy { $0.maximum == 1000 && abs($0.average - 115) < 0.01 })
        let hours = history.series(.memory, process: "a", .hour, from: Self.start, to: Self.start + 7199)
        #expect(hours.map(\.time) == [Self.start, Self.start + 3600])
        #expect(hours.allSatisfy { $0.maximum == 1000 && abs($0.average - 115) < 0.01 })
    }

    @Test func `moments noted together are as those noted one by one, also over gaps`() throws {
        let folder = Folder()
        let history = try History(directory: folder.path)
        // Begins ten seconds before the ring begins again, and leaves every seventh second out.
        let end = Self.start - Self.start % 3600 + 3600
        var moments: [TimedMoment] = []
        for second: Int64 in -10..<130 where second % 7 != 0 {
            moments.append(TimedMoment(Moment(cpuPercent: Double(second + 10)), at: end + second))
        }
        for timed in moments { try history.note(timed.moment, process: "a", at: timed.seconds) }
        for start in stride(from: 0, to: moments.count, by: 25) {
            try history.note(Array(moments[start..<min(start + 25, moments.count)]), process: "b")
        }
        for resolution in HistoryResolution.allCases {
            let single = history.series(.cpu, process: "a", resolution, from: end - 3600, to: end + 3600)
            let together = history.series(.cpu, process: "b", resolution, from: end - 3600, to: end + 3600)
            #expect(single == together && !single.isEmpty)
        }
        #expect(history.series(.cpu, process: "b", .second, from: 0, to: end + 200).count == moments.count)
    }

    @Test func `a minute that was begun goes on after a restart`() throws {
        let folder = Folder()
        for second in 0..<60 {
            // A new one each second, as if it had been killed after every measurement.
            let history = try History(directory: folder.path)
            try history.note(Moment(cpuPercent: Double(second)), process: "a", at: Self.start + Int64(second))
        }
        let history = try History(directory: folder.path)
        let minutes = history.series(.cpu, process: "a", .minute, from: Self.start, to: Self.start)
        #expect(minutes.count == 1 && minutes[0].maximum == 59 && abs(minutes[0].average - 29.5) < 0.01)
    }

    @Test func `what is not known leaves no point, and processes do not mix`() throws {
        let folder = Folder()
        let history = try History(directory: folder.path)
        try history.note(Moment(cpuPercent: 1), process: "a", at: Self.start)
        try history.note(Moment(cpuPercent: .nan, heapBytes: 7), process: "b", at: Self.start)
        func count(_ metric: HistoryMetric, _ process: String) -> Int {
            history.series(metric, process: process, .second, from: Self.start - 10, to: Self.start + 10)
                .count
        }
        #expect(count(.cpu, "a") == 1 && count(.heap, "a") == 0)
        #expect(count(.cpu, "b") == 0 && count(.heap, "b") == 1)
        #expect(count(.cpu, "nobody") == 0)
        #expect(history.names == ["a", "b"])
    }

    @Test func `half a slot is no slot, and a file of another layout is put aside`() throws {
        let folder = Folder()
        let path = "\(folder.path)/a.history"
        do {
            let history = try History(directory: folder.path)
            try history.note(Moment(cpuPercent: 5), process: "a", at: Self.start)
            try history.note(Moment(cpuPercent: 6), process: "a", at: Self.start + 1)
        }
        let file = open(path, O_WRONLY)
        let place = 8 + Int(Self.start % 3600) * Slot.bytes + 8
        pwrite(file, [0xFF], 1, off_t(place))
        let history = try History(directory: folder.path)
        let points = history.series(.cpu, process: "a", .second, from: Self.start, to: Self.start + 1)
        #expect(points.map(\.average) == [6])
        pwrite(file, [0x58], 1, 0)
        close(file)
        let again = try History(directory: folder.path)
        try again.note(Moment(cpuPercent: 9), process: "a", at: Self.start)
        #expect(again.series(.cpu, process: "a", .second, from: 0, to: Self.start).map(\.average) == [9])
        #expect(access("\(path).old", F_OK) == 0)
    }

    @Test func `a file has its bound, and the oldest process makes room`() throws {
        let folder = Folder()
        let history = try History(directory: folder.path)
        #expect(RingFile.bytes <= 2_300_000)
        for number in 0..<History.maximumProcesses + 5 {
            try history.note(Moment(cpuPercent: 1), process: "p\(number)", at: Self.start + Int64(number))
            if number == 0 {
                var old = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
                utimensat(AT_FDCWD, "\(folder.path)/p0.history", &old, 0)
            }
        }
        #expect(history.names.count == History.maximumProcesses)
        #expect(!history.names.contains("p0") && history.names.contains("p260"))
    }

    @Test(arguments: ["", ".", "../x", "a/b", "a b", String(repeating: "x", count: 201)])
    func `a name that is no process is refused`(name: String) throws {
        let folder = Folder()
        let history = try History(directory: folder.path)
        #expect(throws: (any Error).self) { try history.note(Moment(), process: name, at: Self.start) }
        #expect(history.series(.cpu, process: name, .second, from: 0, to: Self.start).isEmpty)
    }
}
