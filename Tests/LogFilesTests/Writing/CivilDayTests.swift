import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import LogFiles

/// F11: days that are 23 or 25 hours long, in zones whose clocks change at one, two, three, at midnight and just after it.
struct CivilDayTests {
    private static let minute: Int64 = 60_000_000_000

    /// The moments of a year at which the offset from UTC changes, by the minute.
    private static func changes(in year: Int) -> [Int64] {
        var start = CivilTime(year: year, month: 1, day: 1, hour: 0, minute: 0, second: 0)
        let first = Clocks.nanoseconds(ofUTC: start)
        start.year += 1
        let last = Clocks.nanoseconds(ofUTC: start)
        func offset(_ moment: Int64) -> Int { Clocks.localTime(of: moment)?.secondsFromUTC ?? 0 }
        return stride(from: first, to: last, by: Int(15 * minute)).filter {
            offset($0) != offset($0 + 15 * minute)
        }
    }

    private static func day(_ moment: Int64) -> String {
        LineStamps.text(of: moment, pattern: "YYYY-MM-DD", usesUTC: false)
    }

    /// Writes through three days around a change of clocks; what is wrong with the files then.
    private static func faults(around change: Int64, step: Int64, _ zone: String) throws -> [String] {
        let scene = try WritingScene { $0.usesUTC = false }
        var days: [String] = []
        var text = ""
        scene.wall = change - 36 * 60 * minute
        while scene.wall < change + 36 * 60 * minute {
            let today = day(scene.wall)
            if !days.contains(today) { days.append(today) }
            let line = "\(scene.wall)\n"
            text += line
            try scene.write(line)
            scene.moveAll()
            scene.wall += step
            scene.boot += step
        }
        var faults: [String] = []
        let files = try ArchivedNames.bySequence(scene.names) + ["a.log"]
        if files.map(scene.text).joined() != text { faults.append("\(zone): lines are lost or moved") }
        let begun = files.map { name in
            scene.text(name).split(separator: "\n").first.flatMap { Int64($0) }.map(day) ?? "nothing"
        }
        if begun != days { faults.append("\(zone) \(change): files of \(begun), days \(days)") }
        let dated = zip(files, days).filter { name, day in name != "a.log" && !name.hasPrefix("a-\(day)-") }
        if !dated.isEmpty { faults.append("\(zone): \(dated.map(\.0)) are named for other days") }
        if Set(files).count != files.count || files.dropLast().sorted() != files.dropLast() {
            faults.append("\(zone): names are not unique and in order: \(files)")
        }
        return faults
    }

    @Test func `there is exactly one file for each civil day, through both changes of clocks in six zones`()
        async
    {
        await #expect(processExitsWith: .success) {
            var faults: [String] = []
            let zones = [
                ("Europe/Vienna", 2025), ("America/New_York", 2025), ("Australia/Lord_Howe", 2025),
                ("Africa/Cairo", 2024), ("America/Sao_Paulo", 2018), ("America/St_Johns", 2010),
            ]
            for (zone, year) in zones {
                setenv("TZ", zone, 1)
                tzset()
                let changes = CivilDayTests.changes(in: year)
                if changes.count != 2 { faults.append("\(zone): \(changes.count) changes of clocks") }
                for change in changes {
                    for step in [7 * CivilDayTests.minute, 47 * CivilDayTests.minute] {
                        faults += try CivilDayTests.faults(around: change, step: step, zone)
                    }
                }
            }
            for fault in faults { print(fault) }
            exit(faults.isEmpty ? 0 : 1)
        }
    }

    @Test func `a quiet log is put aside once a day at its first look, through a change of clocks`() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "America/St_Johns", 1)
            tzset()
            var faults: [String] = []
            for change in CivilDayTests.changes(in: 2010) {
                let scene = try WritingScene { $0.usesUTC = false }
                scene.wall = change - 30 * 60 * CivilDayTests.minute
                let first = CivilDayTests.day(scene.wall)
                try scene.write("only line\n")
                scene.moveAll()
                while scene.log.nextPeriodLook < change + 48 * 60 * CivilDayTests.minute {
                    scene.wall = scene.log.nextPeriodLook
                    _ = scene.log.rotateIfPeriodEnded(wall: scene.wall)
                }
                let names = scene.names
                if names != ["a-\(first)-0001.log"] { faults.append("\(names)") }
                // Put aside at the first minute of the next day.
                let before = CivilDayTests.day(scene.wall - CivilDayTests.minute)
                if CivilDayTests.day(scene.wall) == first || before != first {
                    faults.append("at \(scene.wall)")
                }
            }
            for fault in faults { print(fault) }
            exit(faults.isEmpty ? 0 : 1)
        }
    }

    @Test func `a time zone that is changed while we run counts from the next look on`() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "Etc/UTC", 1)
            tzset()
            let scene = try WritingScene { $0.usesUTC = false }
            // 20:00 in UTC, the next day in Kiritimati.
            scene.wall = Clocks.nanoseconds(
                ofUTC: CivilTime(year: 2025, month: 6, day: 1, hour: 20, minute: 0, second: 0)
            )
            try scene.write("one\n")
            scene.moveAll()
            setenv("TZ", "Pacific/Kiritimati", 1)
            scene.wall += 16 * CivilDayTests.minute
            try scene.write("two\n")
            scene.moveAll()
            exit(scene.names.count == 2 && scene.text("a.log") == "two\n" ? 0 : 1)
        }
    }
}
