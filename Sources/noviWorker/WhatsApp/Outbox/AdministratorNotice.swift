import Postgres
import Shared

/// A text to everybody who looks after Novi: administrators whose phone is known.
struct AdministratorNotice: Sendable {
    /// What it says.
    let text: String
    /// What makes it this notice and no other: written twice it is sent once.
    let key: String

    /// The most people who get one.
    static let recipients = 20

    /// Writes it into the outbox.
    ///
    /// - Returns: How many people get it.
    /// - Throws: ``DatabaseError``.
    func write(_ provider: ProviderKind, in database: DatabasePool) async throws -> Int {
        try await database.withTransaction(attempts: 3) { transaction in
            let rows = try await transaction.query(
                """
                SELECT DISTINCT phone_e164 AS phone FROM users
                WHERE role IN ('admin', 'super_admin') AND is_active AND phone_e164 IS NOT NULL
                ORDER BY phone LIMIT \(Self.recipients)
                """
            )
            for row in rows {
                let phone: String = try row["phone"]
                try await OutboxText(
                    chat: Self.chat(of: phone, provider),
                    text: text,
                    kind: .alert,
                    key: "notice:\(key):\(phone)"
                ).write(provider, in: transaction)
            }
            return rows.count
        }
    }

    /// A person's own chat, as the provider names it.
    static func chat(of phone: String, _ provider: ProviderKind) -> String {
        let digits = String(phone.filter { $0.isASCII && $0.isNumber })
        switch provider {
        case .cloud: return digits
        case .simulator, .child: return "\(digits)@c.us"
        }
    }
}
