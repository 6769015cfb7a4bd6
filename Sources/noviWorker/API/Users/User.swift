import Postgres
import Shared

/// A user as administrators see it.
struct User: Sendable {
    /// The UUID.
    let id: String
    let email: String
    let role: Role
    let isActive: Bool
    let createdAt: UTCInstant

    /// As callers see it.
    let json: JSONObject

    /// The columns that ``init(_:)`` reads.
    static let columns: SQL = """
        id, email, full_name, phone_e164, role, is_active, must_change_password, timezone, last_login, created_at, updated_at
        """

    /// Reads a row with ``columns``.
    init(_ row: DatabaseRow) throws {
        id = try row["id"]
        email = try row["email"]
        let word: String = try row["role"]
        guard let role = Role(rawValue: word) else {
            throw DatabaseError.undecodable("a user has the role \(word)")
        }
        self.role = role
        isActive = try row["is_active"]
        createdAt = try row["created_at"]
        let updatedAt: UTCInstant = try row["updated_at"]
        let lastLogin: UTCInstant? = try row["last_login"]
        let phone: String? = try row["phone_e164"]
        json = [
            "id": .string(id), "email": .string(email), "fullName": .string(try row["full_name"]),
            "phone": phone.map { .string($0) } ?? .null, "role": .string(word), "isActive": .bool(isActive),
            "mustChangePassword": .bool(try row["must_change_password"]),
            "timezone": .string(try row["timezone"]),
            "lastLogin": lastLogin.map { .string($0.description) } ?? .null,
            "createdAt": .string(createdAt.description),
            "updatedAt": .string(updatedAt.description),
        ]
    }

    /// The shape of ``json``.
    static let schema = Schema.object(
        "User",
        [
            .required("id", .uuid), .required("email", .line(1...255)), .required("fullName", .line(1...255)),
            .required("phone", .nullable(.line(1...20))), .required("role", .role),
            .required("isActive", .boolean),
            .required("mustChangePassword", .boolean), .required("timezone", .line(1...50)),
            .required("lastLogin", .nullable(.timestamp)), .required("createdAt", .timestamp),
            .required("updatedAt", .timestamp),
        ]
    )
}
