import LinuxSystem
import SupervisorCore

/// The journal as a target: entries are sent, then what was sent is committed.
///
/// The journal cannot be cut back, so at start the newest entry of each source is asked for: what was sent but not
/// committed is not sent again (M8).
final class JournalSink {
    private let socket: JournalSocket
    private let commitFile: CommitFile
    private(set) var positions: [UInt64: SourcePosition]

    init(socket: JournalSocket, commitPath: String) throws(SystemError) {
        self.socket = socket
        commitFile = try CommitFile(commitPath)
        positions = commitFile.record?.positions ?? [:]
    }

    /// Where the journal says that a source goes on, when that is further than what was committed.
    ///
    /// Not asked where nothing was written since the commit: after an orderly stop that is everywhere.
    func resume(_ source: DerivedJob.Source, _ services: Deriver.Services) {
        let key = CommitRecord.key(of: source.log.path)
        guard PrimaryTail.hasMore(source.log, after: positions[key]) else { return }
        services.synchronizeJournal()
        guard let last = services.readback.lastOffset(of: source.origin),
            let sent = PrimaryTail.position(
                of: FileStatus.Identity(device: last.device, inode: last.inode),
                last.offset,
                in: source.log
            )
        else { return }
        guard let committed = positions[key] else {
            positions[key] = sent
            return
        }
        let isLater =
            sent.identity == committed.identity
            ? sent.offset > committed.offset : sent.sequence > committed.sequence
        if isLater {
            positions[key] = sent
            positions[key]?.level = committed.level
        }
    }

    /// Sends one entry.
    func send(_ entry: JournalEntry) -> JournalSocket.Outcome { socket.send(entry.bytes) }

    /// Notes what was sent.
    func commit(_ positions: [UInt64: SourcePosition]) throws(SystemError) {
        try commitFile.write(CommitRecord(positions: positions))
        self.positions = positions
    }

    /// When it is worth trying again while the journal is absent.
    var retryNanoseconds: Int64? { socket.retryNanosecondsSinceBoot }
}
