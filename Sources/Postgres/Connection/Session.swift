import CPostgres
import Glibc

/// A libpq connection that closes itself; only ever used by one ``ServerConnection``, on its queue.
final class Session {
    /// The last thing that the server said unasked, such as why it ends the connection.
    private final class Notice {
        var text: String?
    }

    /// How a connection sees its transaction (PQtransactionStatus).
    enum TransactionStatus {
        /// None is open.
        case idle
        /// A statement is being run.
        case active
        /// One is open.
        case open
        /// One is open and waits for its end after an error.
        case failed
        /// The connection is broken.
        case unknown
    }

    private let handle: OpaquePointer?
    private let notice = Notice()

    /// Begins to connect (PQconnectStartParams); names may be looked up in it, which blocks.
    init(_ settings: ConnectionSettings) {
        // What stands before the address can be said differently there.
        let parameters =
            [
                ("fallback_application_name", settings.applicationName), ("client_encoding", "UTF8"),
                ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
                ("tcp_user_timeout", "30000"),
            ] + settings.address.parameters.map { ($0.name, $0.value) }
        let names = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { for pointer in names + values { free(pointer) } }
        let namePointers = names.map { UnsafePointer($0) } + [nil]
        let valuePointers = values.map { UnsafePointer($0) } + [nil]
        handle = PQconnectStartParams(namePointers, valuePointers, 1)
        // Only the verbose form of an error has its code while a connection is made.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        // Without a processor libpq writes notices to standard error; the box lives as long as the connection.
        PQsetNoticeProcessor(
            handle,
            { box, text in
                guard let box, let text else { return }
                Unmanaged<Notice>.fromOpaque(box).takeUnretainedValue().text = String(cString: text)
            },
            Unmanaged.passUnretained(notice).toOpaque()
        )
    }

    deinit { PQfinish(handle) }

    /// Whether the connection is not known to be broken.
    var isUsable: Bool { handle != nil && PQstatus(handle) != CONNECTION_BAD }

    /// The socket; may change between polls.
    var descriptor: Int32 { PQsocket(handle) }

    /// The server's process.
    var processID: Int32 { PQbackendPID(handle) }

    /// The server's version, such as 150018.
    var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// The state of the transaction as of the last answer.
    var transactionStatus: TransactionStatus {
        switch PQtransactionStatus(handle) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    /// The server's last notice or libpq's last words, as one line.
    var message: String {
        guard let handle, let text = PQerrorMessage(handle) else { return "out of memory" }
        let line = Self.withoutLocation(notice.text ?? String(cString: text)).trimmedLine
        return line.isEmpty ? "the connection is closed" : line
    }

    /// The server's code in the words about a failed attempt to connect; `nil` where the server never spoke.
    var connectState: SQLState? {
        guard let handle, let text = PQerrorMessage(handle) else { return nil }
        return Self.state(in: String(cString: text))
    }

    /// Goes on connecting (PQconnectPoll).
    func poll() -> PostgresPollingStatusType { PQconnectPoll(handle) }

    /// Lets no later call wait for the network; errors are told by their fields from now on.
    func becomeNonBlocking() {
        PQsetnonblocking(handle, 1)
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    }

    /// Queues a statement that is used once; `false` when libpq refuses.
    func send(_ text: String, _ parameters: [String?]) -> Bool {
        notice.text = nil
        return withPointers(parameters) { pointers in
            PQsendQueryParams(handle, text, Int32(pointers.count), nil, pointers, nil, nil, 0) == 1
        }
    }

    /// Queues several statements without parameters, one transaction unless they say otherwise; `false` when libpq refuses.
    func sendScript(_ text: String) -> Bool {
        notice.text = nil
        return PQsendQuery(handle, text) == 1
    }

    /// Queues the preparation of a statement; `false` when libpq refuses.
    func sendPrepare(_ name: String, _ text: String) -> Bool {
        notice.text = nil
        return PQsendPrepare(handle, name, text, 0, nil) == 1
    }

    /// Queues a prepared statement; `false` when libpq refuses.
    func sendPrepared(_ name: String, _ parameters: [String?]) -> Bool {
        notice.text = nil
        return withPointers(parameters) { pointers in
            PQsendQueryPrepared(handle, name, Int32(pointers.count), pointers, nil, nil, 0) == 1
        }
    }

    /// Sends what is queued: 0 when all is out, 1 when the socket is full, -1 when the connection broke.
    func flush() -> Int32 { PQflush(handle) }

    /// Reads what arrived; `false` when the connection broke.
    func consumeInput() -> Bool { PQconsumeInput(handle) == 1 }

    /// Whether the next result is still on its way.
    var isBusy: Bool { PQisBusy(handle) != 0 }

    /// The next result; `nil` when the statement is done.
    func nextResult() -> ServerAnswer? {
        guard let result = PQgetResult(handle) else { return nil }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY, PGRES_NONFATAL_ERROR:
            return .rows(ServerResult(owning: result))
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            return .copy
        default:
            return .refused(ServerResult(owning: result).refusal)
        }
    }

    /// A notification that arrived (PQnotifies).
    func nextNotification() -> DatabaseNotification? {
        guard let pointer = PQnotifies(handle) else { return nil }
        defer { PQfreemem(pointer) }
        return DatabaseNotification(
            channel: String(cString: pointer.pointee.relname),
            payload: String(cString: pointer.pointee.extra),
            processID: pointer.pointee.be_pid
        )
    }

    /// What is needed to cancel the statement in hand from another thread.
    func cancellation() -> Cancellation? { PQgetCancel(handle).map(Cancellation.init) }

    private func withPointers(_ parameters: [String?], _ body: ([UnsafePointer<CChar>?]) -> Bool) -> Bool {
        let copies = parameters.map { $0.flatMap { strdup($0) } }
        defer { for pointer in copies { free(pointer) } }
        return body(copies.map { UnsafePointer($0) })
    }

    /// The code in `FATAL:  28P01: password authentication failed`.
    static func state(in message: String) -> SQLState? {
        for part in message.split(separator: ":") {
            let word = part.trimmingPrefix { $0 == " " }
            let isCode = word.count == 5 && word.allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
            if isCode, part.hasPrefix("  "), word.contains(where: \.isNumber) {
                return SQLState(rawValue: String(word))
            }
        }
        return nil
    }

    /// The message without the line that tells the place in the server's source.
    private static func withoutLocation(_ message: String) -> String {
        message.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }.joined(
            separator: "\n"
        )
    }
}

/// What one PQgetResult brought.
enum ServerAnswer {
    /// Rows, maybe none.
    case rows(ServerResult)
    /// An error of the server.
    case refused(ServerRefusal)
    /// The server wants to copy, which nobody here does.
    case copy
}

/// Cancels a statement; a plain copy of key and address, so any thread may use it (PQcancel, manual, section 34.7).
struct Cancellation: @unchecked Sendable {
    private let handle: OpaquePointer

    fileprivate init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    /// Asks the server over a connection of its own; blocks until it was told.
    consuming func request() {
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(handle, &message, Int32(message.count))
        PQfreeCancel(handle)
    }
}

/// A message of another session (NOTIFY).
public struct DatabaseNotification: Sendable, Equatable {
    /// The channel.
    public let channel: String
    /// The text; empty when none was given.
    public let payload: String
    /// The server's process that sent it.
    public let processID: Int32
}
