import CPostgres
import Glibc

/// A libpq connection that closes itself; only ever used by one ``DatabaseConnection``, on its queue.
final class Session {
    /// What one PQgetResult brought.
    enum Answer {
        /// Rows, maybe none.
        case rows(DatabaseRows)
        /// An error of the server.
        case refused(code: String, message: String)
    }

    /// The last thing that the server said unasked, such as why it ends the connection.
    private final class Notice {
        var text: String?
    }

    private let handle: OpaquePointer?
    private let notice = Notice()

    /// Begins to connect (PQconnectStartParams).
    init(_ address: DatabaseAddress) {
        let names = address.parameters.map { strdup($0.name) }
        let values = address.parameters.map { strdup($0.value) }
        defer { for pointer in names + values { free(pointer) } }
        let namePointers = names.map { UnsafePointer($0) } + [nil]
        let valuePointers = values.map { UnsafePointer($0) } + [nil]
        handle = PQconnectStartParams(namePointers, valuePointers, 1)
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

    /// The server's last notice or libpq's last words, as one line.
    var message: String {
        guard let handle, let text = PQerrorMessage(handle) else { return "out of memory" }
        let lines = (notice.text ?? String(cString: text)).split(whereSeparator: \.isNewline)
        let line = lines.map { $0.trimmingPrefix { $0.isWhitespace } }.joined(separator: " ")
        return line.isEmpty ? "the connection is closed" : line
    }

    /// Goes on connecting (PQconnectPoll).
    func poll() -> PostgresPollingStatusType { PQconnectPoll(handle) }

    /// Lets no later call wait for the network.
    func becomeNonBlocking() { PQsetnonblocking(handle, 1) }

    /// Queues a statement; `false` when libpq refuses.
    func send(_ statement: String, _ parameters: [String?]) -> Bool {
        notice.text = nil
        let copies = parameters.map { $0.flatMap { strdup($0) } }
        defer { for pointer in copies { free(pointer) } }
        let pointers = copies.map { UnsafePointer($0) }
        return PQsendQueryParams(handle, statement, Int32(pointers.count), nil, pointers, nil, nil, 0) == 1
    }

    /// Sends what is queued: 0 when all is out, 1 when the socket is full, -1 when the connection broke.
    func flush() -> Int32 { PQflush(handle) }

    /// Reads what arrived; `false` when the connection broke.
    func consumeInput() -> Bool { PQconsumeInput(handle) == 1 }

    /// Whether the next result is still on its way.
    var isBusy: Bool { PQisBusy(handle) != 0 }

    /// The next result; `nil` when the statement is done.
    func nextResult() -> Answer? {
        guard let result = PQgetResult(handle) else { return nil }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY, PGRES_NONFATAL_ERROR:
            return .rows(Self.rows(of: result))
        default:
            // PG_DIAG_SQLSTATE is 'C', PG_DIAG_MESSAGE_PRIMARY is 'M' (postgres_ext.h); macros that Swift cannot see.
            let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
            let primary = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
            return .refused(code: code ?? "", message: primary ?? message)
        }
    }

    private static func rows(of result: OpaquePointer) -> DatabaseRows {
        let columns = 0..<PQnfields(result)
        let rows = (0..<PQntuples(result)).map { row in
            columns.map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
        return DatabaseRows(columns: columns.map { String(cString: PQfname(result, $0)) }, rows: rows)
    }
}
