/// What happened to a log that is read, besides growing.
public enum LogSurprise: Hashable, Sendable {
    /// Somebody cut or rewrote the file; it is read from its new beginning.
    case cut
    /// The file at the position from which reading goes on is gone; it goes on at the oldest one after it.
    case lost
    /// So many rotated files were removed before they were read.
    case missing(files: Int)
    /// A rotated file cannot be read to its end; reading goes on with the next one.
    case damaged(path: String)
}

extension Deriver.Surprise {
    /// What a deriver tells of it; `nil` for what it guards against: nothing is removed that it has not read.
    init?(_ surprise: LogSurprise) {
        switch surprise {
        case .cut: self = .cut
        case .lost: self = .lost
        case .damaged: self = .damaged
        case .missing: return nil
        }
    }
}
