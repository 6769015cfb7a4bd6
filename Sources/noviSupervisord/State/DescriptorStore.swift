import LinuxSystem

/// Descriptors that somebody who outlives us keeps for the next daemon (M19, M23).
///
/// The service manager or the keeper, both in the words of sd_notify(3). Does nothing where nobody does.
final class DescriptorStore {
    /// Who keeps them.
    enum Owner {
        case serviceManager
        /// Reaps what is orphaned and has its own way to tell how it ended, so that it needs no pidfds.
        case keeper
    }

    /// Who keeps them.
    let owner: Owner
    private let messages: OutgoingMessages?
    private var names: Set<String>

    /// Goes on with a store.
    ///
    /// - Parameters:
    ///   - owner: Who keeps them.
    ///   - messages: The way there; `nil` when nobody keeps anything.
    ///   - names: What is kept since an earlier daemon.
    init(_ owner: Owner, _ messages: OutgoingMessages?, holding names: some Sequence<String>) {
        self.owner = owner
        self.messages = messages
        self.names = messages == nil ? [] : Set(names)
    }

    /// Has a descriptor kept, unless there is one of that name.
    ///
    /// - Parameters:
    ///   - descriptor: What to keep.
    ///   - name: Its name; without a colon, at most 255 bytes.
    func store(_ descriptor: Descriptor, named name: String) {
        guard let messages, !messages.isFull, names.insert(name).inserted else { return }
        // FDPOLL=0: without it the manager closes a pidfd or a pipe as soon as its other side is gone.
        messages.send("FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)", with: descriptor)
    }

    /// Has closed what is kept by a name.
    func release(_ name: String) {
        guard names.remove(name) != nil else { return }
        messages?.send("FDSTOREREMOVE=1\nFDNAME=\(name)")
    }

    /// Sends what waited; to be called when the way there is writable.
    func resume() {
        messages?.resume()
    }

    /// Has everything closed but what is wanted.
    func releaseAll(except isWanted: (String) -> Bool) {
        for name in names.sorted() where !isWanted(name) { release(name) }
    }
}
