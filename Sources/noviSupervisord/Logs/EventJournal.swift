import LinuxSystem
import SupervisorCore

/// The supervisor's own entries in the systemd journal.
///
/// Never waits for journald: what its queue has no room for is held, to a bound, until the socket is writable. Where there is
/// no journal nothing is made and nothing is held; `noviSupervisord.log` has every line anyway.
final class EventJournal {
    private let socket: JournalSocket
    private let poll: EventPoll
    private var waiting: [JournalEntry] = []
    private var dropped = 0
    private var isWatched = false
    private var vainTries = 0

    /// The most entries that are held.
    static let maximumWaiting = 256
    /// How often a socket may say that it is writable and then not take an entry, as when others fill the queue in between.
    private static let maximumVainTries = 64

    /// Makes a way to the journal; nothing is opened before the first entry.
    ///
    /// - Parameters:
    ///   - socket: The way to journald.
    ///   - poll: Where the socket is watched while entries wait, with the token of ``Token/Kind/systemJournal``.
    init(_ socket: JournalSocket = JournalSocket(), poll: EventPoll) {
        self.socket = socket
        self.poll = poll
    }

    /// Sends an entry, or holds it while journald is busy.
    ///
    /// - Parameter entry: What to send; not asked for where there is no journal.
    func write(_ entry: @autoclosure () -> JournalEntry) {
        guard !socket.isAbsent() else { return }
        guard waiting.isEmpty else { return hold(entry()) }
        let entry = entry()
        if case .full = socket.send(entry.bytes) {
            hold(entry)
            watch()
        }
    }

    /// Sends what was held; to be called when the socket is writable.
    func resume() {
        var sent = 0
        while sent < waiting.count, socket.send(waiting[sent].bytes) != .full { sent += 1 }
        vainTries = sent > 0 ? 0 : vainTries + 1
        if vainTries > Self.maximumVainTries, !waiting.isEmpty {
            // Not the queue but something else is in the way: the loop must not turn for it.
            vainTries = 0
            sent = 1
            dropped += 1
        }
        waiting.removeFirst(sent)
        guard waiting.isEmpty else { return watch() }
        unwatch()
        guard dropped > 0 else { return }
        let count = dropped
        dropped = 0
        write(
            JournalEntry(
                of: JournalEntry.supervisorIdentifier,
                .warning,
                "the journal was busy: \(count) \(count == 1 ? "entry is" : "entries are") in noviSupervisord.log only"
            )
        )
    }

    private func hold(_ entry: JournalEntry) {
        guard waiting.count < Self.maximumWaiting else {
            dropped += 1
            return
        }
        waiting.append(entry)
    }

    /// Watches the socket; the connection may be another than before, so it is added anew.
    private func watch() {
        unwatch()
        guard let descriptor = socket.rawValue else { return }
        isWatched = (try? poll.add(descriptor, .writable, token: Token(.systemJournal, 0).rawValue)) != nil
    }

    private func unwatch() {
        guard isWatched else { return }
        isWatched = false
        if let descriptor = socket.rawValue { poll.remove(descriptor) }
    }
}
