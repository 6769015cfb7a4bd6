import Hummingbird
import Postgres
import Shared

/// A page of a list that is ordered from the newest to the oldest.
struct Page: Sendable {
    /// How many are on it.
    let limit: Int

    /// The page begins behind this time.
    let before: UTCInstant

    /// Among those of the same time it begins behind this UUID.
    let beforeID: String

    /// The query's parameters.
    static let parameters: [Route.Parameter] = [
        .query("limit", .integer(1...100), "How many; 20 unless given."),
        .query("cursor", .line(1...100), "Where the page begins: `next` of the page before."),
    ]

    /// The shape of a page.
    static func schema(_ name: String, _ field: String, _ element: Schema) -> Schema {
        .object(
            name,
            [
                .required(field, .list(element, count: 0...100)),
                .required(
                    "next",
                    .nullable(.line(1...100)),
                    "The cursor of the next page; null on the last."
                ),
            ]
        )
    }

    /// Reads a request's page.
    ///
    /// - Throws: 400 for a cursor that is none.
    init(_ request: APIRequest) throws {
        limit = Int(request.query["limit"]?.integerValue ?? 20)
        guard let cursor = request.query["cursor"]?.stringValue else {
            // Later than any row, and the largest UUID.
            before = UTCInstant(microseconds: 253_000_000_000_000_000)
            beforeID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
            return
        }
        let text = [UInt8](base64URL: cursor).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]),
            (0...253_000_000_000_000_000).contains(microseconds),
            UUIDText.isValid(String(parts[1]))
        else { throw APIFailure.invalid("cursor", "is no cursor of an earlier page") }
        before = UTCInstant(microseconds: microseconds)
        beforeID = String(parts[1])
    }

    /// The page's answer.
    ///
    /// - Parameters:
    ///   - field: The list's name.
    ///   - elements: Up to one more than ``limit``; that one tells that there is another page.
    ///   - json: An element as JSON.
    ///   - place: An element's place in the order.
    /// - Returns: The answer.
    func response<Element>(
        _ field: String,
        _ elements: [Element],
        json: (Element) -> JSONObject,
        place: (Element) -> (UTCInstant, String)
    ) -> Response {
        let shown = elements.prefix(limit)
        var next = JSONValue.null
        if elements.count > limit, let last = shown.last {
            let (time, id) = place(last)
            next = .string(Array("\(time.microseconds) \(id)".utf8).base64URL)
        }
        return .json([field: .array(shown.map { .object(json($0)) }), "next": next])
    }
}
