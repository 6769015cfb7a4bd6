import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// A connection to a worker's own socket; blocking, with a deadline for every call.
final class WorkerConnection {
    /// The longest reply accepted.
    static let maximumReplyBytes = 8 << 20
    /// The deadline of calls that only read.
    static let readDeadline: Duration = .seconds(10)

    private let socket: Descriptor
    private let app: String
    private let path: String
    private var decoder = VarlinkFrameDecoder(maximumFrameBytes: WorkerConnection.maximumReplyBytes)

    /// Connects to an instance of an app.
    ///
    /// - Parameters:
    ///   - app: The app's name.
    ///   - instance: Its number.
    ///   - layout: Where its supervisor lives.
    /// - Throws: ``CommandFailure`` that says what is the matter with the worker.
    init(_ app: String, instance: Int = 0, _ layout: HomeLayout) throws(CommandFailure) {
        self.app = app
        path = "\(layout.applicationRunDirectory)/\(app)-\(instance)/worker.sock"
        guard path.utf8.count <= Limits.socketPathBytes, !app.contains("/"), !app.utf8.contains(0) else {
            throw CommandFailure("there can be no app \"\(app)\"", .noSuchApp)
        }
        do throws(SystemError) {
            socket = try UnixSocket.connect(path, timeoutMilliseconds: 2000, nonBlocking: true)
        } catch {
            switch error.errorNumber {
            case ENOENT, ECONNREFUSED, ENOTDIR:
                throw CommandFailure(
                    "the worker of \(app) does not run: nobody answers on \(path)",
                    .noDaemon,
                    hint: "look with: noviSupervisor status \(app)"
                )
            case EACCES, EPERM:
                throw CommandFailure(
                    "the worker of \(app) belongs to another user: \(error)",
                    .notPermitted,
                    hint: "run the command as that user, or through sudo"
                )
            case ETIMEDOUT:
                throw CommandFailure("the worker of \(app) takes no connection: \(error)", .timedOut)
            default: throw CommandFailure("\(error)", .noDaemon)
            }
        }
    }

    /// Calls a method and waits for its reply.
    ///
    /// - Parameters:
    ///   - method: The whole name, such as `com.novi.WhatsApp.GetState`.
    ///   - parameters: The parameters; those that are `nil` are left out.
    ///   - deadline: The longest wait.
    /// - Returns: The parameters of the reply.
    /// - Throws: ``CommandFailure``; errors of the interface are told in its words.
    func call(
        _ method: String,
        _ parameters: [(String, JSONValue?)] = [],
        deadline: Duration = WorkerConnection.readDeadline
    ) throws(CommandFailure) -> JSONObject {
        var given: JSONObject = [:]
        for (name, value) in parameters { if let value { given.append(name, value) } }
        let end = Clocks.monotonicNanoseconds() + deadline.wholeNanoseconds
        try write(VarlinkCall(method: method, parameters: given).encoded(), by: end, deadline)
        while true {
            if let frame = try next() { return try result(of: frame) }
            let left = (end - Clocks.monotonicNanoseconds()) / 1_000_000
            guard left > 0 else { throw late(deadline) }
            do throws(SystemError) {
                guard let bytes = try socket.read(upTo: 65_536) else {
                    wait(for: POLLIN, Int32(clamping: left))
                    continue
                }
                guard !bytes.isEmpty else { throw SystemError("hear from", ECONNRESET, path) }
                decoder.append(bytes)
            } catch {
                throw hungUp(error)
            }
        }
    }

    private func write(_ bytes: [UInt8], by end: Int64, _ deadline: Duration) throws(CommandFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(SystemError) {
                if let count = try socket.write(rest) {
                    rest = rest.dropFirst(count)
                    continue
                }
            } catch {
                throw hungUp(error)
            }
            let left = (end - Clocks.monotonicNanoseconds()) / 1_000_000
            guard left > 0 else { throw late(deadline) }
            wait(for: POLLOUT, Int32(clamping: left))
        }
    }

    private func wait(for event: Int32, _ milliseconds: Int32) {
        var watch = pollfd(fd: socket.rawValue, events: Int16(event), revents: 0)
        _ = poll(&watch, 1, milliseconds)
    }

    private func next() throws(CommandFailure) -> [UInt8]? {
        do throws(VarlinkProtocolError) {
            return try decoder.next()
        } catch {
            throw CommandFailure("the answer of \(app)'s worker makes no sense: \(error)")
        }
    }

    private func result(of frame: [UInt8]) throws(CommandFailure) -> JSONObject {
        let reply: VarlinkReply
        do {
            reply = try VarlinkReply(parsing: try JSONValue(parsing: frame))
        } catch {
            throw CommandFailure("the answer of \(app)'s worker makes no sense: \(error)")
        }
        guard let error = reply.error else { return reply.parameters }
        throw WorkerErrors.failure(error, reply.parameters, app)
    }

    private func hungUp(_ error: SystemError) -> CommandFailure {
        CommandFailure(
            "the worker of \(app) hung up: \(error)",
            .noDaemon,
            hint: "what was asked may have been done; look with: noviSupervisor why \(app)"
        )
    }

    private func late(_ deadline: Duration) -> CommandFailure {
        CommandFailure(
            "the worker of \(app) did not answer within \(deadline.shortText)",
            .timedOut,
            hint: "what was asked may still be done"
        )
    }
}
