public import Shared

/// Something that happened to a log, for `events`, `why` and the journal.
public enum LogNotice: Hashable, Sendable {
    /// It takes nothing; what the app writes waits in its pipe.
    case blocked(log: String, reason: String)
    /// The app has waited long enough: whole lines are thrown away, counted and marked.
    case dropping(log: String)
    /// It is written again; what was dropped meanwhile.
    case recovered(log: String, after: Duration, lines: Int64, bytes: Int64)
    /// Others cut it, wrote to it or put another file in its place; so many times since this was told last.
    case changedByOthers(log: String, how: String, times: Int)
    /// It was rotated inside a line, which had no end for a megabyte.
    case lineCut(rotated: String)
    /// It is full or its period is over, and it cannot be put aside; it grows on.
    case rotationFailed(log: String, reason: String)
    /// A rotated file cannot be compressed, archived or deleted.
    case keepingFailed(reason: String)
    /// A derived log cannot be written, or what it is made of is not what it was.
    case derivingFailed(log: String?, reason: String)
    /// The disk has too little room, so the oldest rotated files were deleted.
    case diskGuarded(folder: String, percent: Int, files: Int, bytes: Int64, isStillShort: Bool)

    /// The stable word, for machines.
    public var word: String {
        switch self {
        case .blocked: "log_blocked"
        case .dropping: "log_dropping"
        case .recovered: "log_recovered"
        case .changedByOthers: "log_changed_by_others"
        case .lineCut: "log_line_cut"
        case .rotationFailed: "log_rotation_failed"
        case .keepingFailed: "log_keeping_failed"
        case .derivingFailed: "log_deriving_failed"
        case .diskGuarded: "disk_guard"
        }
    }

    /// What it happened to: a log or a folder.
    public var subject: String? {
        switch self {
        case .blocked(let log, _), .dropping(let log), .recovered(let log, _, _, _),
            .changedByOthers(let log, _, _), .lineCut(let log), .rotationFailed(let log, _):
            log
        case .derivingFailed(let log, _): log
        case .keepingFailed: nil
        case .diskGuarded(let folder, _, _, _, _): folder
        }
    }

    /// How grave it is: an error where output is lost.
    public var level: LogLevel {
        switch self {
        case .dropping: .error
        case .recovered(_, _, _, let bytes): bytes > 0 ? .warning : .info
        case .blocked, .changedByOthers, .lineCut, .rotationFailed, .keepingFailed, .derivingFailed,
            .diskGuarded:
            .warning
        }
    }

    /// The sentence for people, lower case.
    public var message: String {
        switch self {
        case .blocked(_, let reason): "its output waits in its pipe: \(reason)"
        case .dropping(let log): "its output is dropped by whole lines until \(log) takes it"
        case .recovered(let log, let wait, let lines, let bytes):
            "\(log) is written again after \(wait.shortText)"
                + (bytes > 0 ? "; \(lines) lines (\(bytes) bytes) were dropped" : "; nothing was lost")
        case .changedByOthers(let log, let how, let times):
            "\(log) was \(how) by others\(times > 1 ? " \(times) times" : ""); it goes on behind that"
        case .lineCut(let rotated): "rotated inside a line of more than a megabyte: \(rotated)"
        case .rotationFailed(let log, let reason): "\(log) cannot be rotated and grows on: \(reason)"
        case .keepingFailed(let reason): "a rotated log cannot be kept as it should: \(reason)"
        case .derivingFailed(let log, let reason): log.map { "deriving from \($0): \(reason)" } ?? reason
        case .diskGuarded(let folder, let percent, let files, let bytes, let isStillShort):
            "less than \(percent) % of the disk of \(folder) are free: deleted the oldest rotated logs, \(files) of "
                + "\(bytes) bytes"
                + (isStillShort ? "; it is still short, and nothing is left to delete" : "")
        }
    }
}

/// Which notices of logs are told: one alert for one trouble, however often it comes and goes.
///
/// The same of the same log is told once a minute at most; what is held back is counted in the next one.
public struct LogAlerts: Sendable {
    private struct Key: Hashable, Sendable {
        var word: String
        var subject: String?
    }

    private struct Drops: Sendable {
        var lines: Int64 = 0
        var bytes: Int64 = 0
    }

    /// The time for which the same is not told again.
    public static let quietTime = Duration.seconds(60)
    /// How many logs are remembered; beyond it what is older than the quiet time is forgotten.
    private static let capacity = 1024

    private var told: [Key: MonotonicInstant] = [:]
    /// Logs whose trouble was told, so that its end is told, too.
    private var open: Set<String> = []
    private var heldDrops: [String: Drops] = [:]
    private var heldChanges: [String: Int] = [:]

    /// Makes alerts of which none was told.
    public init() {}

    /// What is told of a notice; `nil` when it is held back.
    public mutating func admit(_ notice: LogNotice, at now: MonotonicInstant) -> LogNotice? {
        forgetOld(now)
        switch notice {
        case .recovered(let log, let wait, let lines, let bytes):
            let held = heldDrops.removeValue(forKey: log) ?? Drops()
            let drops = Drops(lines: lines + held.lines, bytes: bytes + held.bytes)
            let isAwaited = open.remove(log) != nil
            guard isAwaited || drops.bytes > 0 && isDue(notice, now) else {
                if drops.bytes > 0 { heldDrops[log] = drops }
                return nil
            }
            told[key(notice)] = now
            return .recovered(log: log, after: wait, lines: drops.lines, bytes: drops.bytes)
        case .changedByOthers(let log, let how, let times):
            let count = times + (heldChanges.removeValue(forKey: log) ?? 0)
            guard isDue(notice, now) else {
                heldChanges[log] = count
                return nil
            }
            told[key(notice)] = now
            return .changedByOthers(log: log, how: how, times: count)
        case .blocked(let log, _), .dropping(let log):
            guard isDue(notice, now) else { return nil }
            told[key(notice)] = now
            open.insert(log)
            return notice
        case .lineCut, .rotationFailed, .keepingFailed, .derivingFailed, .diskGuarded:
            guard isDue(notice, now) else { return nil }
            told[key(notice)] = now
            return notice
        }
    }

    private func key(_ notice: LogNotice) -> Key {
        let subject: String? =
            switch notice {
            case .keepingFailed(let reason): reason
            case .derivingFailed(let log, let reason): (log ?? "") + reason
            // Each rotated file has a path of its own.
            case .lineCut: nil
            default: notice.subject
            }
        return Key(word: notice.word, subject: subject)
    }

    private func isDue(_ notice: LogNotice, _ now: MonotonicInstant) -> Bool {
        told[key(notice)].map { now - $0 >= Self.quietTime } ?? true
    }

    private mutating func forgetOld(_ now: MonotonicInstant) {
        guard told.count >= Self.capacity else { return }
        told = told.filter { now - $0.value < Self.quietTime }
    }
}
