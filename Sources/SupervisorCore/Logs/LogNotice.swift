import Shared

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
    /// A rotated file cannot be compressed, archived or deleted, or may not be yet though it should; with the log where one is meant.
    case keepingFailed(log: String?, reason: String)
    /// A derived log cannot be written, or what it is made of is not what it was; the log that has the trouble.
    case derivingFailed(log: String?, reason: String)
    /// The disk has too little room, so the oldest rotated files were deleted.
    case diskGuarded(folder: String, percent: Int, files: Int, bytes: Int64, isStillShort: Bool)

    /// All rotated files together were more than the supervisor allows, so the oldest were deleted.
    case totalLimited(limit: Int64, files: Int, bytes: Int64, isStillOver: Bool)

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
        case .totalLimited: "logs_limit"
        }
    }

    /// What it happened to: a log or a folder.
    public var subject: String? {
        switch self {
        case .blocked(let log, _), .dropping(let log), .recovered(let log, _, _, _),
            .changedByOthers(let log, _, _), .lineCut(let log), .rotationFailed(let log, _):
            log
        case .derivingFailed(let log, _), .keepingFailed(let log, _): log
        case .diskGuarded(let folder, _, _, _, _): folder
        case .totalLimited: nil
        }
    }

    /// How grave it is: an error where output is lost.
    public var level: LogLevel {
        switch self {
        case .dropping: .error
        case .recovered(_, _, _, let bytes): bytes > 0 ? .warning : .info
        case .blocked, .changedByOthers, .lineCut, .rotationFailed, .keepingFailed, .derivingFailed,
            .diskGuarded, .totalLimited:
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
        case .keepingFailed(_, let reason): "a rotated log cannot be kept as it should: \(reason)"
        case .derivingFailed(let log, let reason): log.map { "deriving with \($0): \(reason)" } ?? reason
        case .diskGuarded(let folder, let percent, let files, let bytes, let isStillShort):
            "less than \(percent) % of the disk of \(folder) are free: "
                + (files > 0
                    ? Self.deleted(files, bytes)
                        + (isStillShort ? "; it is still short, and nothing is left to delete" : "")
                    : "no rotated log is there that could be deleted")
        case .totalLimited(let limit, let files, let bytes, let isStillOver):
            "rotated logs of all apps are more than \(limit) bytes: "
                + (files > 0 ? Self.deleted(files, bytes) : "something is still to be derived from them")
                + (files > 0 && isStillOver ? "; from what is left something is still to be derived" : "")
        }
    }
}

extension LogNotice {
    /// What went, for people: the oldest rotated logs.
    fileprivate static func deleted(_ files: Int, _ bytes: Int64) -> String {
        files == 1
            ? "the oldest rotated log of \(bytes) bytes was deleted"
            : "the \(files) oldest rotated logs, \(bytes) bytes in all, were deleted"
    }
}
