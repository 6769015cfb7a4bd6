import Crypto
import HTTPTypes
import Hummingbird
import Logging
import Postgres
import Shared
import WorkerSupport

/// Changing a password, and getting a new one when it is forgotten.
struct PasswordRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .post,
                path: "/auth/password",
                summary: "Changes the own password; all other sessions end",
                tag: "authentication",
                access: .session,
                body: .object(
                    "PasswordChange",
                    [.required("oldPassword", .password), .required("newPassword", .newPassword)]
                ),
                successes: [.empty("Changed.")],
                handler: change
            ),
            Route(
                method: .post,
                path: "/auth/reset/request",
                summary:
                    "Asks for a token to choose a new password; the answer is the same for every address",
                tag: "authentication",
                access: .anyone,
                limit: .none,
                body: .object("ResetRequest", [.required("email", .line(1...255))]),
                successes: [
                    .json(.accepted, .object("Accepted", [.required("message", .line(0...255))]), "Noted.")
                ],
                refusals: [.tooManyRequests],
                handler: requestReset
            ),
            Route(
                method: .post,
                path: "/auth/reset/confirm",
                summary: "Chooses a new password with a token; all sessions end",
                tag: "authentication",
                access: .anyone,
                limit: .none,
                body: .object(
                    "ResetConfirmation",
                    [.required("token", .line(1...128)), .required("newPassword", .newPassword)]
                ),
                successes: [.empty("Changed.")],
                refusals: [.tooManyRequests],
                handler: confirmReset
            ),
        ]
    }

    /// 1 hour.
    private static let tokenSeconds = 3600

    /// Reset requests of an address and of an account in an hour.
    private static let requestLimit = 5

    private func change(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let tries = try await services.limiter.count(
            "password",
            identity.userID,
            limit: services.settings.loginLimit
        )
        guard tries.isAllowed else { throw APIFailure.tooMany("Too many login attempts", tries) }
        let new = request.body["newPassword"]?.stringValue ?? ""
        try check(new, email: identity.email)
        let row = try await services.database.read(
            "SELECT password_hash FROM users WHERE id = \(identity.userID)::uuid"
        ).only()
        let hash: String = try row["password_hash"]
        let verdict = try await services.passwords.check(
            request.body["oldPassword"]?.stringValue ?? "",
            against: hash
        )
        guard verdict != .wrong else {
            throw APIFailure.invalid("oldPassword", "is not the present password")
        }
        try await set(
            new,
            user: identity.userID,
            keeping: identity.session,
            "user.password",
            request,
            identity.email
        )
        return Response(status: .noContent)
    }

    private func check(_ password: String, email: String) throws {
        let problems = PasswordRules.problems(of: password, email: email)
        guard problems.isEmpty else {
            throw APIFailure.invalid("newPassword", problems.joined(separator: "; "))
        }
    }

    private func set(
        _ password: String,
        user: String,
        keeping session: [UInt8]?,
        _ action: String,
        _ request: APIRequest,
        _ email: String,
        token: [UInt8]? = nil
    ) async throws {
        let hash = try await services.passwords.hash(password)
        let kept = DatabaseBytes(session ?? [])
        try await services.database.withTransaction { transaction in
            if let token {
                let used = try await transaction.execute(
                    """
                    UPDATE password_resets SET used_at = now()
                    WHERE token_hash = \(DatabaseBytes(token)) AND used_at IS NULL AND expires_at > now()
                    """
                )
                guard used == 1 else { throw APIFailure.invalid("token", "is unknown, used or too old") }
                // A forgotten password may be a stolen one: what programs have goes as well.
                try await transaction.execute(
                    "UPDATE api_tokens SET revoked_at = now() WHERE user_id = \(user)::uuid AND revoked_at IS NULL"
                )
            }
            try await transaction.execute(
                """
                UPDATE users SET password_hash = \(hash), must_change_password = false, updated_at = now()
                WHERE id = \(user)::uuid
                """
            )
            try await transaction.execute(
                "DELETE FROM sessions WHERE user_id = \(user)::uuid AND token_hash <> \(kept)"
            )
            try await AuditLog.note(
                action,
                target: ("user", user),
                of: request,
                actor: (user, email),
                in: transaction
            )
        }
    }

    // MARK: - Forgotten passwords

    private func requestReset(_ request: APIRequest) async throws -> Response {
        let email = (request.body["email"]?.stringValue ?? "").lowercased()
        for (name, key) in [("reset", request.client.bucket), ("reset-account", email)] {
            let tries = try await services.limiter.count(name, key, limit: Self.requestLimit, seconds: 3600)
            guard tries.isAllowed else { throw APIFailure.tooMany("Too many requests from this IP", tries) }
        }
        let row = try await services.database.read(
            "SELECT id FROM users WHERE lower(email) = lower(\(email)) AND is_active AND archived_at IS NULL"
        ).first
        if let row {
            let token = SessionToken()
            let user: String = try row["id"]
            let hash = DatabaseBytes(keyedHash(token.text))
            try await services.database.execute(
                """
                INSERT INTO password_resets (token_hash, user_id, expires_at)
                VALUES (\(hash), \(user)::uuid, now() + make_interval(secs => \(Double(Self.tokenSeconds))))
                """
            )
            deliver(token, to: email)
        }
        return .json(
            ["message": "if there is an account with this address, it gets a token that is good for an hour"],
            status: .accepted
        )
    }

    /// Gives the token to the operator's program, without making the caller wait: the time must not tell whether there is an account.
    private func deliver(_ token: SessionToken, to email: String) {
        let log = services.log
        guard let command = services.settings.resetCommand else {
            log.operations.warning(
                "a password reset was asked for, but NOVI_RESET_COMMAND names no program to deliver it"
            )
            return
        }
        Task.detached {
            do {
                // The token goes by standard input: arguments are for everybody to see.
                let result = try Program(path: command, arguments: [email]).run(input: token.text + "\n")
                if result.code != 0 { log.operations.error("NOVI_RESET_COMMAND ended with \(result.code)") }
            } catch {
                log.operations.error("\(error)")
            }
        }
    }

    private func confirmReset(_ request: APIRequest) async throws -> Response {
        let tries = try await services.limiter.count(
            "reset-confirm",
            request.client.bucket,
            limit: services.settings.loginLimit
        )
        guard tries.isAllowed else { throw APIFailure.tooMany("Too many requests from this IP", tries) }
        let hash = keyedHash(request.body["token"]?.stringValue ?? "")
        let row = try await services.database.read(
            """
            SELECT users.id, users.email FROM password_resets JOIN users ON users.id = password_resets.user_id
            WHERE token_hash = \(DatabaseBytes(hash)) AND used_at IS NULL AND expires_at > now()
              AND users.is_active AND users.archived_at IS NULL
            """
        ).first
        guard let row else { throw APIFailure.invalid("token", "is unknown, used or too old") }
        let email: String = try row["email"]
        let new = request.body["newPassword"]?.stringValue ?? ""
        try check(new, email: email)
        try await set(new, user: try row["id"], keeping: nil, "user.reset", request, email, token: hash)
        return Response(status: .noContent)
    }

    /// What the database keeps of a token: worthless without the secret of the API.
    private func keyedHash(_ token: String) -> [UInt8] {
        let key = SymmetricKey(data: services.settings.secret)
        return Array(HMAC<SHA256>.authenticationCode(for: Array("reset:\(token)".utf8), using: key))
    }
}
