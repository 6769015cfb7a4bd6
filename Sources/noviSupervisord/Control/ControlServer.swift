import Glibc
import LinuxSystem
import Shared

/// The control socket: accepts clients, frames their messages, hands calls up one at a time per connection.
///
/// Policy-free: who may call is decided by the peer's user id when it connects; what a call means is ``ControlDispatcher``'s.
final class ControlServer {
    /// One client.
    final class Connection {
        let id: ConnectionID
        let socket: Descriptor
        let peer: PeerCredentials
        fileprivate var decoder = VarlinkFrameDecoder(maximumFrameBytes: Limits.messageBytes)
        fileprivate var output: [UInt8] = []
        fileprivate var written = 0
        fileprivate var waitingFrames: [[UInt8]] = []
        /// Whether a call is being answered; the next one waits.
        fileprivate var isBusy = false
        fileprivate var closesAfterOutput = false
        fileprivate var wantsWritable = false

        fileprivate init(id: ConnectionID, socket: Descriptor, peer: PeerCredentials) {
            self.id = id
            self.socket = socket
            self.peer = peer
        }
    }

    /// Bounds of the control socket (M28).
    enum Limits {
        /// The longest message.
        static let messageBytes = 1 << 20
        /// The most clients at a time.
        static let connections = 256
        /// What may wait for a slow client before it is cut off.
        static let outputBytes = 8 << 20
        /// Calls that a client may send ahead.
        static let waitingCalls = 64
    }

    /// What the server tells its owner.
    enum Occurrence {
        /// A client sent a message.
        case frame([UInt8], Connection)
        /// A client went away.
        case closed(ConnectionID)
    }

    private var listener: Descriptor
    private let poll: EventPoll
    private var connections: [ConnectionID: Connection] = [:]
    private var nextID: UInt64 = 1
    private let allowedUser: UInt32
    /// Given up when descriptors run out, so that a client can be accepted and turned away (F9).
    private var reserve: Descriptor?

    /// Serves a listening socket.
    init(listener: Descriptor, poll: EventPoll, allowedUser: UInt32) throws(SystemError) {
        self.listener = listener
        self.poll = poll
        self.allowedUser = allowedUser
        reserve = try? Descriptor.openNull()
        try poll.add(listener.rawValue, .readable, token: Token(.listener, 0).rawValue)
    }

    /// Listens on another socket from now on; clients that are connected, or about to be, stay.
    func replaceListener(_ next: Descriptor) throws(SystemError) {
        acceptClients()
        try poll.add(next.rawValue, .readable, token: Token(.listener, 0).rawValue)
        poll.remove(listener.rawValue)
        listener = next
    }

    /// The connection with an identity.
    func connection(_ id: ConnectionID) -> Connection? {
        connections[id]
    }

    // MARK: - Accepting

    /// Takes in all clients that wait.
    func acceptClients() {
        while true {
            do throws(SystemError) {
                guard let (socket, peer) = try UnixSocket.accept(listener.rawValue) else { return }
                admit(socket, peer)
            } catch {
                guard error.errorNumber == EMFILE || error.errorNumber == ENFILE else { return }
                shedOne()
                return
            }
        }
    }

    private func admit(_ socket: Descriptor, _ peer: PeerCredentials) {
        guard peer.userID == allowedUser || peer.userID == 0 else {
            refuse(socket, "org.varlink.service.PermissionDenied", [:])
            return
        }
        guard connections.count < Limits.connections else {
            let reason = "\(Limits.connections) clients are connected already"
            refuse(socket, "com.novi.Supervisor.InvalidRequest", ["reason": .string(reason)])
            return
        }
        let id = ConnectionID(rawValue: nextID)
        nextID += 1
        do throws(SystemError) {
            try poll.add(socket.rawValue, .readable, token: Token(.connection, id.rawValue).rawValue)
        } catch {
            return
        }
        connections[id] = Connection(id: id, socket: socket, peer: peer)
    }

    private func refuse(_ socket: Descriptor, _ error: String, _ parameters: JSONObject) {
        let reply = VarlinkReply(parameters: parameters, continues: false, error: error)
        _ = try? socket.write(reply.encoded()[...])
    }

    private func shedOne() {
        reserve = nil
        if let waiting = try? UnixSocket.accept(listener.rawValue) {
            let reason = "the daemon has no file descriptor left; raise its limit (LimitNOFILE)"
            refuse(waiting.0, "com.novi.Supervisor.InvalidRequest", ["reason": .string(reason)])
        }
        reserve = try? Descriptor.openNull()
    }

    // MARK: - Reading and writing

    /// Reads what a client sent and returns what happened; at most one message is handed up until it is answered.
    func ready(_ id: ConnectionID, _ events: EventPoll.Events) -> [Occurrence] {
        guard let connection = connections[id] else { return [] }
        if events.contains(.writable) {
            flush(connection)
        }
        guard events.contains(.readable) || events.contains(.hangUp) else { return [] }
        do throws(SystemError) {
            while true {
                guard let bytes = try connection.socket.read(upTo: 65_536) else { break }
                guard !bytes.isEmpty else { return close(id) }
                connection.decoder.append(bytes)
                guard queueFrames(connection) else { return close(id) }
                if bytes.count < 65_536 { break }
            }
        } catch {
            return close(id)
        }
        return nextFrame(connection)
    }

    /// Moves whole frames to the waiting calls; `false` when the client breaks a limit.
    private func queueFrames(_ connection: Connection) -> Bool {
        do throws(VarlinkProtocolError) {
            while let frame = try connection.decoder.next() {
                connection.waitingFrames.append(frame)
            }
        } catch {
            let reason = "\(error)"
            send(
                connection,
                VarlinkReply(parameters: ["reason": .string(reason)], error: Self.invalidRequest)
            )
            return false
        }
        return connection.waitingFrames.count <= Limits.waitingCalls
    }

    private static let invalidRequest = "com.novi.Supervisor.InvalidRequest"

    private func nextFrame(_ connection: Connection) -> [Occurrence] {
        guard !connection.isBusy, !connection.waitingFrames.isEmpty else { return [] }
        connection.isBusy = true
        return [.frame(connection.waitingFrames.removeFirst(), connection)]
    }

    /// Ends the present call of a client; returns its next one, if it sent one ahead.
    func finishCall(_ id: ConnectionID) -> [Occurrence] {
        guard let connection = connections[id] else { return [] }
        connection.isBusy = false
        return nextFrame(connection)
    }

    /// Queues a reply and sends what the socket takes.
    func send(_ connection: Connection, _ reply: VarlinkReply) {
        guard connections[connection.id] != nil else { return }
        if connection.output.count - connection.written > Limits.outputBytes {
            // A client that does not read is cut off; the daemon's memory is worth more.
            connection.closesAfterOutput = true
            return
        }
        connection.output += reply.encoded()
        flush(connection)
    }

    private func flush(_ connection: Connection) {
        while connection.written < connection.output.count {
            do throws(SystemError) {
                guard let count = try connection.socket.write(connection.output[connection.written...]) else {
                    break
                }
                connection.written += count
            } catch {
                connection.output = []
                connection.written = 0
                break
            }
        }
        if connection.written == connection.output.count {
            connection.output = []
            connection.written = 0
        }
        let wantsWritable = !connection.output.isEmpty
        guard wantsWritable != connection.wantsWritable else { return }
        connection.wantsWritable = wantsWritable
        let events: EventPoll.Events = wantsWritable ? [.readable, .writable] : .readable
        try? poll.modify(
            connection.socket.rawValue,
            events,
            token: Token(.connection, connection.id.rawValue).rawValue
        )
    }

    private func close(_ id: ConnectionID) -> [Occurrence] {
        guard let connection = connections.removeValue(forKey: id) else { return [] }
        poll.remove(connection.socket.rawValue)
        return [.closed(id)]
    }

    /// Sends what is left and lets all clients go; at the daemon's end.
    func closeAll() {
        for connection in connections.values {
            flush(connection)
            poll.remove(connection.socket.rawValue)
        }
        connections = [:]
    }
}
