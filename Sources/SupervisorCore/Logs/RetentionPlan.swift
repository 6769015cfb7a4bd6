/// What is known of one rotated file.
public struct RotatedFileFacts: Hashable, Sendable {
    /// Its number: the order of writing, whatever the clock did.
    public var sequence: Int
    /// Its length in bytes, compressed or not.
    public var bytes: Int64
    /// When its last byte was written, in seconds since 1970.
    public var lastChange: Int64
    /// Whether it is compressed.
    public var isCompressed: Bool
    /// Whether it lies in the archive folder.
    public var isArchived: Bool
    /// The number of the device that it lies on.
    public var device: UInt64

    /// Makes the facts of a file.
    public init(
        sequence: Int,
        bytes: Int64,
        lastChange: Int64,
        isCompressed: Bool,
        isArchived: Bool,
        device: UInt64 = 0
    ) {
        self.device = device
        self.sequence = sequence
        self.bytes = bytes
        self.lastChange = lastChange
        self.isCompressed = isCompressed
        self.isArchived = isArchived
    }
}

/// Why a rotated file goes.
public enum RetentionReason: String, Hashable, Sendable {
    /// It is older than its class allows.
    case age
    /// There are more files than allowed.
    case count
    /// The files of the app are more bytes than allowed.
    case size
    /// The disk has too little room.
    case disk
    /// The files of all apps are more bytes than allowed.
    case total
}

/// What is to be done with the rotated files of one app, decided from facts alone.
public enum RetentionPlan {
    /// One log of an app.
    public struct Log: Hashable, Sendable {
        /// Its rotated files.
        public var files: [RotatedFileFacts]
        /// How they are kept.
        public var policy: LogPolicy
        /// The lowest number that something still has to be derived from; `nil` for none.
        public var floor: Int?

        /// Makes a log.
        public init(files: [RotatedFileFacts], policy: LogPolicy, floor: Int? = nil) {
            self.files = files
            self.policy = policy
            self.floor = floor
        }
    }

    /// One thing to do with one file.
    public enum Action: Hashable, Sendable {
        /// Compress it.
        case compress(log: Int, sequence: Int)
        /// Move it to the archive folder.
        case archive(log: Int, sequence: Int)
        /// Delete it.
        case delete(log: Int, sequence: Int, RetentionReason)
    }

    /// A silence that is longer than this counts as a clock that jumped, in seconds.
    ///
    /// A clock that is wrong by years must not delete what the right one would keep. Once something is written at the new
    /// time the newest file is young again, and age counts as usual.
    public static let longestSilence: Int64 = 366 * 86_400

    /// What is to be done.
    public struct Decision: Hashable, Sendable {
        /// In this order.
        public var actions: [Action] = []
        /// When to look again, in seconds since 1970; `nil` when nothing will be due.
        public var nextLook: Int64?
        /// Logs that are beyond their limits because something is still to be derived from their files.
        public var heldUp: Set<Int> = []
    }

    /// Decides; what is deleted comes first, oldest first.
    ///
    /// - Parameters:
    ///   - logs: All logs of the app.
    ///   - now: Seconds since 1970.
    /// - Returns: What to do.
    public static func decide(_ logs: [Log], now: Int64) -> Decision {
        var heldUp: Set<Int> = []
        var actions: [Action] = []
        var kept: [(log: Int, file: RotatedFileFacts)] = []
        var nextLook: Int64?
        func look(at time: Int64) {
            if time > now { nextLook = min(nextLook ?? time, time) }
        }
        for (index, log) in logs.enumerated() {
            let files = log.files.sorted { $0.sequence < $1.sequence }
            let newest = files.map(\.lastChange).max() ?? now
            let clockIsBelieved = log.policy.effectiveArchiveSeconds == 0 || now - newest <= longestSilence
            let excess = log.policy.maximumFiles.map { max(0, files.count - $0) } ?? 0
            for (place, file) in files.enumerated() {
                let isNeeded = log.floor.map { file.sequence >= $0 } ?? false
                let expires = file.lastChange + log.policy.effectiveArchiveSeconds
                if isNeeded {
                    if place < excess { heldUp.insert(index) }
                    kept.append((index, file))
                } else if expires <= now, clockIsBelieved {
                    actions.append(.delete(log: index, sequence: file.sequence, .age))
                } else if place < excess {
                    actions.append(.delete(log: index, sequence: file.sequence, .count))
                } else {
                    look(at: expires)
                    kept.append((index, file))
                }
            }
        }
        heldUp.formUnion(deleteExcessBytes(logs, &kept, &actions))
        for (index, file) in kept {
            let policy = logs[index].policy
            let leavesLive = file.lastChange + policy.liveSeconds
            let compresses = file.lastChange + policy.compressionDelaySeconds
            if policy.compression != .none, !file.isCompressed {
                if compresses <= now { actions.append(.compress(log: index, sequence: file.sequence)) }
                look(at: compresses)
            }
            guard !file.isArchived else { continue }
            if leavesLive <= now { actions.append(.archive(log: index, sequence: file.sequence)) }
            look(at: leavesLive)
        }
        return Decision(actions: actions, nextLook: nextLook, heldUp: heldUp)
    }

    /// Deletes the oldest files of all logs until the rest is no more than allowed; returns logs that stand against it.
    private static func deleteExcessBytes(
        _ logs: [Log],
        _ kept: inout [(log: Int, file: RotatedFileFacts)],
        _ actions: inout [Action]
    ) -> Set<Int> {
        guard let limit = logs.compactMap(\.policy.maximumTotalBytes).min() else { return [] }
        var total = kept.reduce(0) { $0 + $1.file.bytes }
        var heldUp: Set<Int> = []
        let oldestFirst = kept.sorted {
            ($0.file.lastChange, $0.file.sequence) < ($1.file.lastChange, $1.file.sequence)
        }
        for (index, file) in oldestFirst where total > limit {
            if let floor = logs[index].floor, file.sequence >= floor {
                heldUp.insert(index)
                continue
            }
            total -= file.bytes
            actions.append(.delete(log: index, sequence: file.sequence, .size))
            kept.removeAll { $0.log == index && $0.file.sequence == file.sequence }
        }
        return total > limit ? heldUp : []
    }
}
