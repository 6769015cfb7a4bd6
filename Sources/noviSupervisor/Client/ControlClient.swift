import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// A connection to the daemon; blocking, with a deadline for every call.
final class ControlClient {
    private var socket: Descriptor
    private let layout: HomeLayout
    private var hasHungUp = false
    private var path: String { layout.controlSocket }
    private var decoder = VarlinkFrameDecoder(maximumFrameBytes: ControlClient.maximumReplyBytes)

    /// The longest reply accepted.
    static let maximumReplyBytes = 64 << 20
    /// The deadline of calls that only read.
    static let readDeadline: Duration = .seconds(10)
    /// Calls that may be asked again: they change nothing.
    private static let repeatable: Set<String> = [
        "Ping", "List", "Describe", "Why", "GetLogFiles", "GetPaths",
    ]

    /// Connects.
    ///
    /// - Parameters:
    ///   - layout: Where the daemon lives.
    ///   - timeoutMilliseconds: The longest wait for a daemon whose queue of clients is full.
    /// - Throws: ``CommandFailure`` that says what is the matter with the daemon.
    init(_ layout: HomeLayout, timeoutMilliseconds: Int32 = 2000) throws(CommandFailure) {
        self.layout = layout
        let path = layout.controlSocket
        do throws(SystemError) {
            socket = try UnixSocket.connect(path, timeoutMilliseconds: timeoutMilliseconds, nonBlocking: true)
        } catch {
            switch error.errorNumber {
            case ENOENT, ECONNREFUSED, ENOTDIR:
                throw CommandFailure(
                    "no daemon answers in \(layout.home)",
                    .noDaemon,
                    hint: "start one with: noviSupervisor start [FILE | APP | COMMAND]"
                )
            case EACCES, EPERM:
                throw CommandFailure(
                    "the daemon in \(layout.home) belongs to another user: \(error)",
                    .notPermitted,
                    hint: "run the command as that user, or through sudo"
                )
            case ETIMEDOUT:
                throw CommandFailure(
                    "the daemon in \(layout.home) takes no connection: \(error)",
                    .timedOut,
                    hint: "it is very busy or hangs; its log is \(layout.daemonLog)"
                )
            default: throw CommandFailure("\(error)", .noDaemon)
            }
        }
    }

    /// Calls a method that is answered once.
    ///
    /// - Parameters:
    ///   - method: The name without the interface.
    ///   - parameters: The parameters.
    ///   - deadline: The longest wait for the answer.
    /// - Returns: The parameters of the reply.
    /// - Throws: ``CommandFailure``; errors of the interface are told in its words.
    func call(
        _ method: String,
        _ parameters: JSONObject = [:],
        deadline: Duration = ControlClient.readDeadline
    ) throws(CommandFailure) -> JSONObject {
        let end = Clocks.monotonicNanoseconds() + deadline.wholeNanoseconds
        return try ask(method, parameters, more: false, by: end, deadline).parameters
    }

    /// Calls a method that may answer in several replies.
    ///
    /// - Parameters:
    ///   - method: The name without the interface.
    ///   - parameters: The parameters.
    ///   - deadline: The longest wait for the last reply; `nil` to follow for ever.
    ///   - body: Gets the parameters of each reply.
    /// - Throws: ``CommandFailure``; errors of the interface are told in its words.
    func callForMany(
        _ method: String,
        _ parameters: JSONObject = [:],
        deadline: Duration? = ControlClient.readDeadline,
        _ body: (JSONObject) -> Void
    ) throws(CommandFailure) {
        let end = deadline.map { Clocks.monotonicNanoseconds() + $0.wholeNanoseconds }
        var reply = try ask(method, parameters, more: true, by: end, deadline)
        body(reply.parameters)
        while reply.continues {
            reply = try receive(by: end, deadline)
            body(reply.parameters)
        }
    }

    /// Sends a call and waits for its first reply; a question is asked again when the daemon died over it and another one
    /// takes its place.
    private func ask(
        _ method: String,
        _ parameters: JSONObject,
        more: Bool,
        by end: Int64?,
        _ deadline: Duration?
    ) throws(CommandFailure) -> VarlinkReply {
        let patience = Clocks.monotonicNanoseconds() + DaemonConnection.patience.wholeNanoseconds
        while true {
            do throws(CommandFailure) {
                try send(method, parameters, more: more, by: end)
                return try receive(by: end, deadline)
            } catch {
                guard hasHungUp, Self.repeatable.contains(method),
                    Clocks.monotonicNanoseconds() < patience, (try? reconnect()) != nil
                else { throw error }
            }
        }
    }

    private func reconnect() throws(CommandFailure) {
        socket = try DaemonConnection.connect(layout).socket
        decoder = VarlinkFrameDecoder(maximumFrameBytes: Self.maximumReplyBytes)
        hasHungUp = false
    }

    private func send(
        _ method: String,
        _ parameters: JSONObject,
        more: Bool,
        by end: Int64?
    ) throws(CommandFailure) {
        let call = VarlinkCall(
            method: "\(SupervisorInterface.name).\(method)",
            parameters: parameters,
            more: more
        )
        do throws(SystemError) {
            try write(call.encoded(), by: end ?? .max)
        } catch {
            guard error.errorNumber != ETIMEDOUT else {
                throw CommandFailure(
                    "the daemon did not take the request in time: \(error)",
                    .timedOut,
                    hint: "it is very busy or hangs"
                )
            }
            // The daemon may have said why before it hung up.
            guard error.errorNumber == EPIPE || error.errorNumber == ECONNRESET else {
                throw CommandFailure("cannot ask the daemon: \(error)", .noDaemon)
            }
        }
    }

    /// Writes all, waiting at most until `end` for a daemon that does not read.
    private func write(_ bytes: [UInt8], by end: Int64) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if let count = try socket.write(rest) {
                rest = rest.dropFirst(count)
                continue
            }
            let left = (end - Clocks.monotonicNanoseconds()) / 1_000_000
            guard left > 0 else { throw SystemError("write to", ETIMEDOUT, path) }
            waitFor(POLLOUT, Int32(clamping: left))
        }
    }

    private func receive(by end: Int64?, _ deadline: Duration?) throws(CommandFailure) -> VarlinkReply {
        while true {
            if let frame = try nextFrame() { return try decode(frame) }
            var wait: Int32 = -1
            if let end {
                let left = (end - Clocks.monotonicNanoseconds()) / 1_000_000
                guard left > 0 else { throw late(deadline) }
                wait = Int32(clamping: left)
            }
            do throws(SystemError) {
                guard let bytes = try socket.read(upTo: 65_536) else {
                    waitFor(POLLIN, wait)
                    continue
                }
                guard !bytes.isEmpty else {
                    throw SystemError("hear from the daemon on", ECONNRESET, path)
                }
                decoder.append(bytes)
            } catch {
                hasHungUp = true
                throw CommandFailure(
                    "the daemon hung up: \(error)",
                    .noDaemon,
                    hint: "what was asked may have been done; look with: noviSupervisor status"
                )
            }
        }
    }

    private func waitFor(_ event: Int32, _ milliseconds: Int32) {
        var watch = pollfd(fd: socket.rawValue, events: Int16(event), revents: 0)
        _ = poll(&watch, 1, milliseconds)
    }

    private func nextFrame() throws(CommandFailure) -> [UInt8]? {
        do throws(VarlinkProtocolError) {
            return try decoder.next()
        } catch {
            throw CommandFailure("the daemon's answer makes no sense: \(error)", .failed)
        }
    }

    private func late(_ deadline: Duration?) -> CommandFailure {
        CommandFailure(
            "the daemon did not answer within \(deadline?.shortText ?? "the time")",
            .timedOut,
            hint: "what was asked may still be done; look with: noviSupervisor status"
        )
    }

    private func decode(_ frame: [UInt8]) throws(CommandFailure) -> VarlinkReply {
        let reply: VarlinkReply
        do {
            reply = try VarlinkReply(parsing: try JSONValue(parsing: frame))
        } catch {
            throw CommandFailure("the daemon's answer makes no sense: \(error)", .failed)
        }
        guard let error = reply.error else { return reply }
        throw ControlErrors.failure(error, reply.parameters)
    }
}
