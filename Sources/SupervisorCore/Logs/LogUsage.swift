/// How much room logs take, and of what.
public struct LogUsage: Hashable, Sendable {
    /// Files of one kind.
    public struct Part: Hashable, Sendable {
        /// How many.
        public var files: Int
        /// How many bytes they are on the disk.
        public var bytes: Int64

        /// Makes a part.
        public init(files: Int = 0, bytes: Int64 = 0) {
            self.files = files
            self.bytes = bytes
        }

        static func += (left: inout Part, right: Part) {
            left.files += right.files
            left.bytes += right.bytes
        }
    }

    /// The files being written.
    public var live = Part()
    /// Rotated files beside them.
    public var rotated = Part()
    /// Rotated files in the archive.
    public var archived = Part()
    /// When the oldest byte was written, in seconds since 1970; `nil` when there is none.
    public var oldest: Int64?
    /// When the newest byte was written.
    public var newest: Int64?

    /// Makes one of no files.
    public init() {}

    /// Makes one of the files of a log.
    ///
    /// - Parameters:
    ///   - live: Bytes and last change of the file being written; `nil` when there is none.
    ///   - files: The rotated files.
    ///   - began: When the oldest byte of all was written, in seconds since 1970; `nil` stands for the first last change.
    public init(live: (bytes: Int64, lastChange: Int64)?, rotated files: [RotatedFileFacts], began: Int64?) {
        if let live { self.live = Part(files: 1, bytes: live.bytes) }
        for file in files {
            let part = Part(files: 1, bytes: file.bytes)
            if file.isArchived { archived += part } else { rotated += part }
        }
        let changes = files.map(\.lastChange) + (live.map { $0.bytes > 0 ? [$0.lastChange] : [] } ?? [])
        oldest = changes.isEmpty ? nil : [began, changes.min()].compactMap(\.self).min()
        newest = changes.max()
    }

    /// All files together.
    public var total: Part {
        Part(
            files: live.files + rotated.files + archived.files,
            bytes: live.bytes + rotated.bytes + archived.bytes
        )
    }

    /// Adds those of another log.
    public static func += (left: inout LogUsage, right: LogUsage) {
        left.live += right.live
        left.rotated += right.rotated
        left.archived += right.archived
        left.oldest = [left.oldest, right.oldest].compactMap(\.self).min()
        left.newest = [left.newest, right.newest].compactMap(\.self).max()
    }
}

/// How far the rotated files of an app are from the limits of its policy.
public struct LogHeadroom: Hashable, Sendable {
    /// Bytes that may still be added before the oldest go; `nil` without a limit.
    public var bytes: Int64?
    /// Files that the fullest log may still get; `nil` without a limit.
    public var files: Int?
    /// When the oldest file of all goes for its age, in seconds since 1970; `nil` when there is none.
    public var nextExpiry: Int64?

    /// Works it out.
    ///
    /// - Parameters:
    ///   - policy: How the app's logs are kept.
    ///   - logs: The rotated files of each of its logs.
    public init(_ policy: LogPolicy, logs: [[RotatedFileFacts]]) {
        let all = logs.flatMap(\.self)
        bytes = policy.maximumTotalBytes.map { $0 - all.reduce(0) { $0 + $1.bytes } }
        files = policy.maximumFiles.map { $0 - (logs.map(\.count).max() ?? 0) }
        nextExpiry = all.map(\.lastChange).min().map { $0 + policy.effectiveArchiveSeconds }
    }
}
