import Postgres
import Shared

/// What a member of a business is to it.
enum MemberRole: String, CaseIterable, Sendable {
    case owner
    case manager
    case staff
    /// Only reads.
    case viewer
}

/// A business as far as somebody may see it.
struct Business: Equatable, Sendable {
    /// The UUID.
    let id: String
    let name: String
    let shortCode: String
    let setupIdentifier: String
    let timezone: String
    let currency: String
    let isActive: Bool
    let createdAt: UTCInstant
    let updatedAt: UTCInstant

    /// What the caller is to it; `nil` for an administrator who is no member.
    let memberRole: MemberRole?

    /// The columns that ``init(_:)`` reads.
    static let columns: SQL = """
        businesses.id, businesses.name, businesses.short_code, businesses.setup_identifier, businesses.timezone,
        businesses.currency, businesses.is_active, businesses.created_at, businesses.updated_at, business_members.member_role
        """

    /// Reads a row with ``columns``.
    init(_ row: DatabaseRow) throws {
        id = try row["id"]
        name = try row["name"]
        shortCode = try row["short_code"]
        setupIdentifier = try row["setup_identifier"]
        timezone = try row["timezone"]
        currency = try row["currency"]
        isActive = try row["is_active"]
        createdAt = try row["created_at"]
        updatedAt = try row["updated_at"]
        let role: String? = try row["member_role"]
        memberRole = role.flatMap(MemberRole.init)
    }

    /// As callers see it.
    var json: JSONObject {
        [
            "id": .string(id), "name": .string(name), "shortCode": .string(shortCode),
            "setupIdentifier": .string(setupIdentifier), "setupText": .string("/setup \(setupIdentifier)"),
            "timezone": .string(timezone), "currency": .string(currency), "isActive": .bool(isActive),
            "memberRole": memberRole.map { .string($0.rawValue) } ?? .null,
            "createdAt": .string(createdAt.description), "updatedAt": .string(updatedAt.description),
        ]
    }

    /// The shape of ``json``.
    static let schema = Schema.object(
        "Business",
        [
            .required("id", .uuid), .required("name", .line(1...255)), .required("shortCode", .line(1...10)),
            .required("setupIdentifier", .line(1...100)),
            .required("setupText", .line(1...120), "What to write into the WhatsApp group to link it."),
            .required("timezone", .line(1...50)), .required("currency", .line(3...3)),
            .required("isActive", .boolean),
            .required("memberRole", .nullable(.choice(MemberRole.allCases.map(\.rawValue)))),
            .required("createdAt", .timestamp), .required("updatedAt", .timestamp),
        ]
    )
}

/// Finds businesses and decides what a caller may do with them: the one place where "own" is decided.
struct BusinessAccess: Sendable {
    /// What somebody wants to do with a business.
    enum Intent: Sendable {
        /// See its orders.
        case read
        /// Make and change its orders.
        case change
        /// Delete orders and change the business itself.
        case own
    }

    let database: any Database

    /// A business that a caller may use.
    ///
    /// - Parameters:
    ///   - id: Its UUID.
    ///   - intent: What for.
    ///   - identity: Who asks.
    /// - Returns: The business.
    /// - Throws: 404 when there is none or it must stay unknown to the caller; 403 when they may see but not change it.
    func business(_ id: String, for intent: Intent, by identity: Identity) async throws -> Business {
        let row = try await database.query(
            """
            SELECT \(Business.columns)
            FROM businesses LEFT JOIN business_members
              ON business_members.business_id = businesses.id AND business_members.user_id = \(identity.userID)::uuid
            WHERE businesses.id = \(id)::uuid
            """
        ).first
        guard let row else { throw APIFailure.unknown("business") }
        let business = try Business(row)
        try Self.check(business.memberRole, identity, intent)
        return business
    }

    /// Whether a caller may do something with a business or its orders.
    static func check(_ role: MemberRole?, _ identity: Identity, _ intent: Intent) throws {
        if isAllowed(role, identity, intent) { return }
        guard isAllowed(role, identity, .read) else { throw APIFailure.unknown("business") }
        throw APIFailure.forbidden(
            intent == .own ? "only the owner may do this" : "viewers may look, but not change anything"
        )
    }

    private static func isAllowed(_ role: MemberRole?, _ identity: Identity, _ intent: Intent) -> Bool {
        switch intent {
        case .read:
            identity.allows(.readAllOrders) || (role != nil && identity.allows(.readOwnOrders))
        case .change:
            identity.allows(.updateAllOrders)
                || (role != nil && role != .viewer && identity.allows(.updateOwnOrders))
        case .own:
            identity.allows(.updateAllOrders) || (role == .owner && identity.allows(.updateOwnOrders))
        }
    }
}
