import LinuxSystem

extension PrimaryTail {
    /// The position of an offset in a file of a log, wherever the file is now; `nil` when it is not there.
    static func position(
        of identity: FileStatus.Identity,
        _ offset: Int64,
        in log: LogPath
    ) -> SourcePosition? {
        let rotated = RotatedLog.all(of: log)
        let lowest = (rotated.last?.sequence ?? 0) + 1
        // The live one last: an older file of the same number was there before.
        let files =
            rotated.lazy.filter { $0.identity == identity }.compactMap { try? SourceFile($0) }.first
            ?? (try? SourceFile(live: log.path, lowestSequence: lowest)).flatMap {
                $0.identity == identity ? $0 : nil
            }
        guard let file = files, let checksum = file.checksum(before: offset) else { return nil }
        return SourcePosition(
            sequence: file.lowestSequence,
            identity: identity,
            offset: offset,
            checksum: checksum
        )
    }

    /// Whether a log may hold bytes behind a position.
    static func hasMore(_ log: LogPath, after position: SourcePosition?) -> Bool {
        let live = try? FileStatus(path: log.path, followsLinks: false)
        guard let position, let identity = position.identity else {
            return (live?.size ?? 0) > 0 || !RotatedLog.all(of: log).isEmpty
        }
        return live?.identity != identity || live?.size != position.offset
    }
}
