public import Shared

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
    /// What was deleted in silence, by what it was deleted for.
    private var heldDeletions: [Key: (files: Int, bytes: Int64)] = [:]

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
        case .diskGuarded(let folder, let percent, let files, let bytes, let isStillShort):
            return admitDeletion(notice, files, bytes, now).map {
                .diskGuarded(
                    folder: folder,
                    percent: percent,
                    files: $0.files,
                    bytes: $0.bytes,
                    isStillShort: isStillShort
                )
            }
        case .totalLimited(let limit, let files, let bytes, let isStillOver):
            return admitDeletion(notice, files, bytes, now).map {
                .totalLimited(limit: limit, files: $0.files, bytes: $0.bytes, isStillOver: isStillOver)
            }
        case .blocked(let log, _), .dropping(let log), .derivingFailed(let log?, _):
            guard isDue(notice, now) else { return nil }
            told[key(notice)] = now
            open.insert(log)
            return notice
        case .lineCut, .rotationFailed, .keepingFailed, .derivingFailed:
            guard isDue(notice, now) else { return nil }
            told[key(notice)] = now
            return notice
        }
    }

    /// What was deleted since it was told last; `nil` when it is held back.
    private mutating func admitDeletion(
        _ notice: LogNotice,
        _ files: Int,
        _ bytes: Int64,
        _ now: MonotonicInstant
    ) -> (files: Int, bytes: Int64)? {
        let key = key(notice)
        let held = heldDeletions.removeValue(forKey: key) ?? (0, 0)
        let sum = (held.files + files, held.bytes + bytes)
        guard isDue(notice, now) else {
            heldDeletions[key] = sum
            return nil
        }
        told[key] = now
        return sum
    }

    private func key(_ notice: LogNotice) -> Key {
        let subject: String? =
            switch notice {
            case .keepingFailed(let log, let reason), .derivingFailed(let log, let reason):
                (log ?? "") + reason
            // A disk that is full and one that fails are two troubles of one log.
            case .blocked(let log, let reason): log + reason
            // That nothing is left to delete is told once, and must not be lost among deletions.
            case .diskGuarded(let folder, _, _, _, let isStillShort):
                isStillShort ? folder + " short" : folder
            case .totalLimited(_, _, _, let isStillOver): isStillOver ? "over" : nil
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
