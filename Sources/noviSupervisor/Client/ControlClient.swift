import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// A connection to the daemon; blocking, with a deadline for every call.
final class ControlClient {
    private var socket: Descriptor
    private let layout: HomeLayout
    /// How long this command waits.
    var patience: Patience
    private var hasHungUp = false
    private var path: String { layout.controlSocket }
    private var decoder = VarlinkFrameDecoder(maximumFrameBytes: ControlClient.maximumReplyBytes)

    /// The longest reply accepted.
    static let maximumReplyBytes = 64 << 20
    /// Calls that may be asked again: they change nothing.
    private static let repeatable: Set<String> = [
        "Ping", "List", "Describe", "Why", "GetLogFiles", "GetPaths",
    ]

    /// A call that is being answered.
    private struct Question {
        var method: String
        /// When its answer must be there; `nil` for a call that is followed for ever.
        var end: Int64?
        /// The wait that this leaves, for people.
        var wait: Duration?

        /// Whether it changes nothing.
        var onlyReads: Bool { ControlClient.repeatable.contains(method) || method == "Events" }
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - layout: Where the daemon lives.
    ///   - patience: How long the command waits for answers.
    ///   - timeoutMilliseconds: The longest wait for a daemon whose queue of clients is full.
    /// - Throws: ``CommandFailure`` that says what is the matter with the daemon.
    init(
        _ layout: HomeLayout,
        _ patience: Patience = .reading,
        timeoutMilliseconds: Int32 = 2000
    ) throws(CommandFailure) {
        self.layout = layout
        self.patience = patience
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
    ///   - deadline: The longest wait for the answer; `nil` for that of a question.
    /// - Returns: The parameters of the reply.
    /// - Throws: ``CommandFailure``; errors of the interface are told in its words.
    func call(
        _ method: String,
        _ parameters: JSONObject = [:],
        deadline: Duration? = nil
    ) throws(CommandFailure) -> JSONObject {
        try ask(question(method, deadline ?? patience.question), parameters, more: false).parameters
    }

    /// A call with its deadline, which is no later than the command's.
    private func question(_ method: String, _ deadline: Duration) -> Question {
        let now = Clocks.monotonicNanoseconds()
        let end = min(now + deadline.wholeNanoseconds, patience.end)
        return Question(method: method, end: end, wait: .nanoseconds(max(0, end - now)))
    }

    /// Calls a method that may answer in several replies.
    ///
    /// - Parameters:
    ///   - method: The name without the interface.
    ///   - parameters: The parameters.
    ///   - isFollowed: Whether replies go on for ever; else the last one must come as soon as any answer.
    ///   - deadline: The longest wait for the last reply where it is not that of a question.
    ///   - body: Gets the parameters of each reply.
    /// - Throws: ``CommandFailure``; errors of the interface are told in its words.
    func callForMany(
        _ method: String,
        _ parameters: JSONObject = [:],
        isFollowed: Bool = false,
        deadline: Duration? = nil,
        _ body: (JSONObject) -> Void
    ) throws(CommandFailure) {
        let question =
            isFollowed ? Question(method: method) : self.question(method, deadline ?? patience.question)
        var reply = try ask(question, parameters, more: true)
        body(reply.parameters)
        while reply.continues {
            reply = try receive(question)
            body(reply.parameters)
        }
    }

    /// Sends a call and waits for its first reply; a question is asked again when the daemon died over it and another one
    /// takes its place.
    private func ask(
        _ question: Question,
        _ parameters: JSONObject,
        more: Bool
    ) throws(CommandFailure) -> VarlinkReply {
        let patience = Clocks.monotonicNanoseconds() + DaemonConnection.patience.wholeNanoseconds
        while true {
            do throws(CommandFailure) {
                try send(question, parameters, more: more)
                return try receive(question)
            } catch {
                guard hasHungUp, Self.repeatable.contains(question.method),
                    Clocks.monotonicNanoseconds() < patience, (try? reconnect()) != nil
                else { throw error }
            }
        }
    }

    private func reconnect() throws(CommandFailure) {
        socket = try DaemonConnection.connect(layout, patience).socket
        decoder = VarlinkFrameDecoder(maximumFrameBytes: Self.maximumReplyBytes)
        hasHungUp = false
    }

    private func send(
        _ question: Question,
        _ parameters: JSONObject,
        more: Bool
    ) throws(CommandFailure) {
        let call = VarlinkCall(
            method: "\(SupervisorInterface.name).\(question.method)",
            parameters: parameters,
            more: more
        )
        do throws(SystemError) {
            try write(call.encoded(), by: question.end ?? .max)
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

    private func receive(_ question: Question) throws(CommandFailure) -> VarlinkReply {
        while true {
            if let frame = try nextFrame() { return try decode(frame) }
            var wait: Int32 = -1
            if let end = question.end {
                let left = (end - Clocks.monotonicNanoseconds()) / 1_000_000
                guard left > 0 else { throw late(question) }
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
                    hint: question.onlyReads
                        ? "its log is \(layout.daemonLog)"
                        : "what was asked may have been done; look with: noviSupervisor status"
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

    private func late(_ question: Question) -> CommandFailure {
        CommandFailure(
            "the daemon did not answer within \(question.wait?.shortText ?? "the time")",
            .timedOut,
            hint: question.onlyReads
                ? "it is very busy or hangs; its log is \(layout.daemonLog)"
                : "what was asked may still be done; look with: noviSupervisor status"
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
