import Hummingbird
import NIOCore
import Postgres
import Shared

/// Orders as CSV, page by page: an export of any size needs the memory of one page.
struct OrderExport: Sendable {
    /// Brings a page of rows.
    typealias Rows =
        @Sendable (
            _ business: String, _ filter: OrderFilter, _ before: (UTCInstant, String), _ limit: Int,
            _ user: String,
            _ database: DatabasePool
        ) async throws -> DatabaseRows

    let business: String
    let filter: OrderFilter
    let user: String
    let database: DatabasePool
    let rows: Rows

    private static let pageSize = 500

    /// The columns: title and field.
    private static let columns: [(title: String, field: String)] = [
        ("Order ID", "orderId"), ("Created", "createdAt"), ("Status", "status"), ("Customer", "customerName"),
        ("Phone", "customerPhone"), ("Address", "address"), ("Items", "items"), ("Total", "totalAmount"),
        ("Currency", "currency"), ("Delivery date", "deliveryDate"), ("Delivery person", "deliveryPerson"),
        ("Submitted by", "submittedBy"), ("Notes", "notes"), ("Cancel reason", "cancelReason"),
        ("Delivered", "deliveredAt"), ("Cancelled", "cancelledAt"),
    ]

    /// The newest orders.
    func firstPage() async throws -> [Order] {
        try await page(
            before: (
                UTCInstant(microseconds: 253_000_000_000_000_000), "ffffffff-ffff-ffff-ffff-ffffffffffff"
            )
        )
    }

    /// Writes a page and all that come after it.
    func write(_ first: [Order], to writer: inout any ResponseBodyWriter) async throws {
        var csv = CSVWriter()
        for column in Self.columns { csv.text(column.title) }
        csv.endRow()
        var page = first
        while true {
            for order in page { Self.write(order.json, into: &csv) }
            try await writer.write(ByteBuffer(bytes: csv.take()))
            guard page.count == Self.pageSize, let last = page.last else { return }
            page = try await self.page(before: (last.createdAt, last.id))
        }
    }

    private func page(before: (UTCInstant, String)) async throws -> [Order] {
        try await rows(business, filter, before, Self.pageSize, user, database).map { try Order($0) }
    }

    private static func write(_ order: JSONObject, into csv: inout CSVWriter) {
        for column in columns {
            switch order[column.field] {
            case .string(let text): csv.text(text)
            case .integer(let number): csv.number(Money(amount: .integer(number))?.description ?? "\(number)")
            case .number(let number): csv.number(Money(amount: .number(number))?.description ?? "\(number)")
            case nil, .null, .bool, .array, .object: csv.text("")
            }
        }
        csv.endRow()
    }
}
