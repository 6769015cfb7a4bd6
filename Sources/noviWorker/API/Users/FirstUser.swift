import Postgres
import Shared
import WorkerSupport

/// Makes the first super_admin of an empty database, with a password that is written down once (M34).
struct FirstUser: Sendable {
    let database: DatabasePool
    let passwords: PasswordHashing
    let email: String

    /// Where the password goes: 0600, in the app's data folder.
    let path: String

    /// Makes the user unless there is one.
    ///
    /// Several API processes may do so at once: one makes it.
    ///
    /// - Returns: Whether it was made.
    /// - Throws: ``DatabaseError``; ``FileFailure`` when the password cannot be written, and then there is no user either.
    func makeIfNeeded() async throws -> Bool {
        let exists: Bool = try await database.read("SELECT EXISTS (SELECT FROM users) AS found").only()[
            "found"
        ]
        guard !exists else { return false }
        let password = PasswordRules.random()
        let hash = try await passwords.hash(password)
        return try await database.withTransaction { transaction in
            try await transaction.query("SELECT pg_advisory_xact_lock(hashtext('novi.first-user'))")
            let exists: Bool = try await transaction.query("SELECT EXISTS (SELECT FROM users) AS found")
                .only()["found"]
            guard !exists else { return false }
            try await transaction.execute(
                """
                INSERT INTO users (email, full_name, password_hash, role, must_change_password)
                VALUES (\(email), 'Administrator', \(hash), 'super_admin', true)
                """
            )
            try await transaction.execute(
                """
                INSERT INTO audit_log (actor, action, target_type, target_id, detail)
                VALUES ('system', 'user.create', 'user', \(email), '{"role": "super_admin", "first": true}'::jsonb)
                """
            )
            // Before the commit: a user whose password nobody can know would lock everybody out.
            try replaceFile(path, with: "email: \(email)\npassword: \(password)\n")
            return true
        }
    }
}
