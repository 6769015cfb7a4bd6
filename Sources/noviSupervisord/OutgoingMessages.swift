import LinuxSystem
import Shared

/// Messages to whoever keeps us alive, the service manager or the keeper.
///
/// Never waits for them, who may be busy for seconds: what their queue has no room for is sent in order when the socket is
/// writable.
final class OutgoingMessages {
    private struct Message {
        var text: String
        /// What goes along; it must stay open until the kernel has a duplicate.
        var descriptor: Descriptor?
    }

    private let socket: ServiceManagerSocket
    private let poll: EventPoll
    private let token: Token
    private var waiting: [Message] = []
    private var isWatched = false

    /// The most messages that wait; descriptors beyond it are not handed over.
    static let maximumWaiting = 4096

    /// Makes a queue; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - socket: Where to.
    ///   - poll: Where the socket is watched while messages wait; ``resume()`` is to be called then.
    ///   - token: What it is watched as.
    init(_ socket: ServiceManagerSocket, poll: EventPoll, token: Token) {
        self.socket = socket
        self.poll = poll
        self.token = token
    }

    /// The way to the service manager whose socket has a path (`NOTIFY_SOCKET`); `nil` without one.
    convenience init?(toServiceManagerAt path: String?, poll: EventPoll) {
        guard let path else { return nil }
        self.init(ServiceManagerSocket(path: path), poll: poll, token: Token(.serviceManager, 0))
    }

    /// The way to the keeper by the socket that it gave us; `nil` without one.
    convenience init?(toKeeperAt socket: Descriptor?, poll: EventPoll) {
        guard let socket else { return nil }
        self.init(
            ServiceManagerSocket(socket, to: "the keeper"),
            poll: poll,
            token: Token(.keeperStore, 0)
        )
    }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }
    /// Whether so much waits that no descriptor should be added.
    var isFull: Bool { waiting.count >= Self.maximumWaiting }

    /// Sends a message, now or in its turn.
    func send(_ text: String, with descriptor: Descriptor? = nil) {
        let message = Message(text: text, descriptor: descriptor)
        if waiting.isEmpty, isDone(message) { return }
        waiting.append(message)
        watch(true)
    }

    /// Sends what waited; to be called when the socket is writable.
    func resume() {
        var sent = 0
        while sent < waiting.count, isDone(waiting[sent]) { sent += 1 }
        waiting.removeFirst(sent)
        watch(!waiting.isEmpty)
    }

    /// Whether nothing more is to be done about a message; one that cannot be sent at all is given up.
    private func isDone(_ message: Message) -> Bool {
        socket.send(Array(message.text.utf8), with: message.descriptor) != .full
    }

    private func watch(_ isWanted: Bool) {
        guard isWanted != isWatched, let descriptor = socket.rawValue else { return }
        if isWanted {
            isWatched = (try? poll.add(descriptor, .writable, token: token.rawValue)) != nil
        } else {
            poll.remove(descriptor)
            isWatched = false
        }
    }
}
