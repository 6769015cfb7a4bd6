import Glibc
import LinuxSystem
import Shared
import SupervisorCore
import Synchronization
import Testing

@testable import LogFiles

/// A log folder of one test with files that grow, are rotated and are derived from.
final class DerivingScene {
    let folder: String
    private static let serial = Atomic<Int>(0)

    init() throws {
        folder =
            "/tmp/novi-derive-tests-\(getpid())-\(Self.serial.wrappingAdd(1, ordering: .relaxed).newValue)"
        try Directory.create(folder, mode: 0o755)
    }

    deinit { Self.remove(folder) }

    private static func remove(_ path: String) {
        for name in (try? Directory.names(in: path)) ?? [] where unlink("\(path)/\(name)") != 0 {
            remove("\(path)/\(name)")
        }
        rmdir(path)
    }

    func log(_ name: String) -> LogPath { LogPath("\(folder)/\(name)") }

    func read(_ name: String) -> [UInt8] {
        (try? FileContents.read("\(folder)/\(name)", limit: 64 << 20)) ?? []
    }

    func text(_ name: String) -> String { String(decoding: read(name), as: UTF8.self) }

    /// Replaces what is in a file; it stays the same file.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let path = "\(folder)/\(name)"
        let file = Descriptor(try SystemCall.check("open", path) { open(path, O_WRONLY | O_CREAT, 0o644) })
        try SystemCall.check("cut", path) { ftruncate(file.rawValue, 0) }
        try file.writeAll(bytes)
    }

    func append(_ name: String, _ bytes: [UInt8]) throws {
        try AppendOnlyFile("\(folder)/\(name)", mode: 0o644).append(bytes)
    }

    func append(_ name: String, _ text: String) throws { try append(name, Array(text.utf8)) }

    /// Renames the live file as a rotation does.
    func rotate(_ name: String, _ sequence: Int, day: String = "2026-11-24") throws {
        let log = log(name)
        let digits = String(sequence)
        let number = String(repeating: "0", count: 4 - digits.count) + digits
        try FileContents.rename(log.path, to: "\(folder)/\(log.stem)-\(day)-\(number)\(log.suffix)")
    }

    func source(
        _ name: String,
        _ app: String = "api",
        instance: Int = 0,
        _ stream: OutputStream = .out
    ) throws -> DerivedJob.Source {
        let app = try #require(AppName(app))
        let origin = LineOrigin(
            process: ProcessName(app: app, instance: instance),
            processID: instance,
            stream: stream,
            run: RunID(rawValue: 7)
        )
        return DerivedJob.Source(log: log(name), origin: origin)
    }

    func job(
        _ sources: [DerivedJob.Source],
        _ filter: DerivedJob.Filter = .all,
        to name: String = "derived.log",
        _ format: DerivedFormat = .plain,
        start: DerivedJob.Start = .beginning,
        policy: LogPolicy = LogPolicy(),
        maximumLineBytes: Int = 1 << 20
    ) -> DerivedJob {
        DerivedJob(
            sources: sources,
            filter: filter,
            target: .file(log(name), format, policy),
            start: start,
            maximumLineBytes: maximumLineBytes
        )
    }

    func engine(chunkBytes: Int = 256) -> Deriver {
        Deriver(journal: JournalSocket(path: "\(folder)/journal"), readback: .none, chunkBytes: chunkBytes)
    }

    /// Steps until nothing is left to do; returns what happened to the sources.
    @discardableResult
    func settle(_ deriver: Deriver, each: () throws -> Void = {}) throws -> [Deriver.Surprise] {
        var surprises: [Deriver.Surprise] = []
        while let step = deriver.step(now: 1) {
            if case .failed(let error) = step.outcome { Issue.record("\(error)") }
            surprises += step.surprises.map(\.surprise)
            try each()
        }
        return surprises
    }

    /// A new engine, as after a crash, that does one job until nothing is left.
    @discardableResult
    func derive(_ job: DerivedJob, chunkBytes: Int = 256) throws -> [Deriver.Surprise] {
        let deriver = engine(chunkBytes: chunkBytes)
        _ = deriver.add(job)
        return try settle(deriver)
    }

    /// Lines of different lengths, with numbers.
    static func lines(_ range: Range<Int>, _ name: String = "line") -> String {
        range.map { "\(name) \($0) \(String(repeating: "x", count: $0 * 7 % 61))\n" }.joined()
    }
}
