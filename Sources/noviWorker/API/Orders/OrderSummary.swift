import Postgres
import Shared

/// What time a summary is of.
enum SummaryRange: String, CaseIterable, Sendable {
    case day
    case week
    case month
}

/// Figures of a business's orders of the present day, week or month, as its own clock shows them.
struct OrderSummary: Sendable {
    let business: Business
    let range: SummaryRange

    /// How long figures are kept; every change of an order forgets them before.
    static let lifetime: Duration = .seconds(60)

    private static let maximumSubmitters = 100

    /// The shape of the answer.
    static let schema = Schema.object(
        "Summary",
        [
            .required("range", .choice(SummaryRange.allCases.map(\.rawValue))),
            .required("timezone", .line(1...50)),
            .required("from", .timestamp), .required("to", .timestamp),
            .required("orders", .integer(0...Int64.max)),
            .required(
                "byStatus",
                .object(
                    "StatusCounts",
                    OrderStatus.allCases.map { .required($0.rawValue, .integer(0...Int64.max)) }
                )
            ),
            .required("revenue", .number, "The total of all orders that are not cancelled."),
            .required(
                "averageValue",
                .nullable(.number),
                "Of the orders that are not cancelled and have a total."
            ),
            .required("currency", .line(3...3)), .required("customers", .integer(0...Int64.max)),
            .required(
                "bySubmitter",
                .list(
                    .object(
                        "SubmitterCount",
                        [
                            .required("submittedBy", .nullable(.line(0...255))),
                            .required("orders", .integer(0...Int64.max)),
                        ]
                    ),
                    count: 0...maximumSubmitters
                )
            ),
        ]
    )

    /// Finds the figures out.
    ///
    /// The database knows the zones and their changes of clock: a day with a change has 23 or 25 hours.
    func body(in database: DatabasePool) async throws -> JSONObject {
        let zone = business.timezone
        let bounds = try await database.read(
            """
            SELECT date_trunc(\(range.rawValue), now() AT TIME ZONE \(zone)) AT TIME ZONE \(zone) AS start,
                   (date_trunc(\(range.rawValue), now() AT TIME ZONE \(zone)) + ('1 ' || \(range.rawValue))::interval)
                       AT TIME ZONE \(zone) AS finish
            """
        ).only()
        let from: UTCInstant = try bounds["start"]
        let to: UTCInstant = try bounds["finish"]
        let within: SQL = """
            FROM orders WHERE business_id = \(business.id)::uuid AND deleted_at IS NULL
            AND created_at >= \(from) AND created_at < \(to)
            """
        let totals = try await database.read(
            """
            SELECT count(*) AS orders, count(DISTINCT customer_phone) AS customers,
                   coalesce(sum(total_amount) FILTER (WHERE status <> 'cancelled'), 0)::numeric(14,2) AS revenue,
                   round(avg(total_amount) FILTER (WHERE status <> 'cancelled'), 2) AS average
            \(within)
            """
        ).only()
        let byStatus = try await database.read("SELECT status, count(*) AS count \(within) GROUP BY status")
        let bySubmitter = try await database.read(
            """
            SELECT submitted_by, count(*) AS count \(within)
            GROUP BY submitted_by ORDER BY count DESC, submitted_by LIMIT \(Self.maximumSubmitters)
            """
        )
        var counts: JSONObject = [:]
        for status in OrderStatus.allCases { counts[status.rawValue] = 0 }
        for row in byStatus { counts[try row.decode("status", as: String.self)] = .integer(try row["count"]) }
        let revenue: Money = try totals["revenue"]
        let average: Money? = try totals["average"]
        return [
            "range": .string(range.rawValue), "timezone": .string(zone), "from": .string(from.description),
            "to": .string(to.description), "orders": .integer(try totals["orders"]),
            "byStatus": .object(counts),
            "revenue": revenue.json, "averageValue": average?.json ?? .null,
            "currency": .string(business.currency),
            "customers": .integer(try totals["customers"]),
            "bySubmitter": .array(
                try bySubmitter.map { row in
                    let name: String? = try row["submitted_by"]
                    return [
                        "submittedBy": name.map { .string($0) } ?? .null,
                        "orders": .integer(try row["count"]),
                    ]
                }
            ),
        ]
    }
}
