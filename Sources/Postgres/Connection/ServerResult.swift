import CPostgres
import Synchronization

/// A result of libpq; freed with the last row that points into it.
///
/// Unchecked: a PGresult is never changed after libpq handed it out, and may be read by any thread (manual, section 34.20).
final class ServerResult: @unchecked Sendable {
    /// The names of the columns.
    let columns: [String]

    /// The number of rows.
    let rowCount: Int

    private let result: OpaquePointer?

    /// Takes a result over.
    init(owning result: OpaquePointer?) {
        self.result = result
        columns = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        rowCount = Int(PQntuples(result))
        var names: Set<String> = []
        hasNamesake = columns.map { !names.insert($0).inserted }
    }

    deinit { PQclear(result) }

    /// How many rows were affected (PQcmdTuples).
    var affectedCount: Int { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// The first word of the command's tag (PQcmdStatus).
    var command: String {
        PQcmdStatus(result).map { String(String(cString: $0).prefix { $0 != " " }) } ?? ""
    }

    /// The place of a column; the first one of that name.
    ///
    /// Who reads rows usually asks for their columns in order: the one after the last is looked at first.
    func position(of column: String) -> Int? {
        let next = nextPosition.load(ordering: .relaxed)
        guard next < columns.count, columns[next] == column, !hasNamesake[next] else {
            guard let position = columns.firstIndex(of: column) else { return nil }
            nextPosition.store((position + 1) % columns.count, ordering: .relaxed)
            return position
        }
        nextPosition.store((next + 1) % columns.count, ordering: .relaxed)
        return next
    }

    private let nextPosition = Atomic<Int>(0)

    /// Whether a column of the same name stands before.
    private let hasNamesake: [Bool]

    /// The text of a field; `nil` is NULL.
    func text(row: Int, column: Int) -> String? {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else {
            return nil
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What the server said about an error.
    var refusal: ServerRefusal {
        ServerRefusal(
            state: SQLState(rawValue: field(.sqlState) ?? ""),
            message: field(.message) ?? String(cString: PQresultErrorMessage(result)).trimmedLine,
            detail: field(.detail),
            hint: field(.hint),
            constraint: field(.constraint),
            table: field(.table),
            column: field(.column),
            function: field(.function),
            endsSession: ["FATAL", "PANIC"].contains(field(.severity) ?? "")
        )
    }

    /// The letters of postgres_ext.h, which are macros that Swift cannot see.
    private enum Field: Unicode.Scalar {
        case severity = "V"
        case sqlState = "C"
        case message = "M"
        case detail = "D"
        case hint = "H"
        case table = "t"
        case column = "c"
        case constraint = "n"
        case function = "R"
    }

    private func field(_ field: Field) -> String? {
        PQresultErrorField(result, Int32(field.rawValue.value)).map { String(cString: $0) }
    }
}

extension String {
    /// The text on one line, without white space around it.
    var trimmedLine: String {
        split(whereSeparator: \.isNewline)
            .map { $0.trimmingPrefix { $0.isWhitespace } }
            .joined(separator: " ")
    }
}
