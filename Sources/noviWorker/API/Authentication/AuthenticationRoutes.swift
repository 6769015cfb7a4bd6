import HTTPTypes
import Hummingbird
import Postgres
import Shared

/// Signing in and out.
struct AuthenticationRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .post,
                path: "/auth/login",
                summary: "Signs in",
                tag: "authentication",
                access: .anyone,
                limit: .none,
                body: .object(
                    "Login",
                    [.required("email", .line(1...255)), .required("password", .password)]
                ),
                successes: [
                    .json(
                        .ok,
                        Self.loginAnswer,
                        "Signed in; the cookie is the session.",
                        headers: ["Set-Cookie"]
                    )
                ],
                refusals: [.unauthorized, .tooManyRequests],
                handler: login
            ),
            Route(
                method: .post,
                path: "/auth/logout",
                summary: "Signs out",
                tag: "authentication",
                access: .session,
                successes: [.empty("Signed out.", headers: ["Set-Cookie"])],
                handler: logout
            ),
            Route(
                method: .get,
                path: "/auth/me",
                summary: "Who is signed in, or whose token it is",
                tag: "authentication",
                access: .identity,
                successes: [.json(.ok, Self.meAnswer, "The signed-in user.")],
                handler: me
            ),
        ]
    }

    private static let loginAnswer = Schema.object(
        "SignedIn",
        [
            .required(
                "user",
                .object(
                    "SignedInUser",
                    [.required("id", .uuid), .required("name", .line(0...255)), .required("role", .role)]
                )
            )
        ]
    )

    private static let meAnswer = Schema.object(
        "Me",
        [
            .required("id", .uuid), .required("name", .line(0...255)), .required("email", .line(0...255)),
            .required("role", .role),
            .required("permissions", .list(.choice(Permission.allCases.map(\.rawValue)), count: 0...10)),
            .required("mustChangePassword", .boolean),
            .required(
                "businesses",
                .list(
                    .object(
                        "OwnBusiness",
                        [
                            .required("id", .uuid), .required("name", .line(0...255)),
                            .required("memberRole", .choice(MemberRole.allCases.map(\.rawValue))),
                        ]
                    ),
                    count: 0...10_000
                )
            ),
        ]
    )

    // MARK: - Handlers

    /// Five tries of an address in 15 minutes, and five failures of an account; then both wait for the end of the window.
    private func login(_ request: APIRequest) async throws -> Response {
        let email = (request.body["email"]?.stringValue ?? "").lowercased()
        let limit = services.settings.loginLimit
        let tries = try await services.limiter.count("login", request.client.bucket, limit: limit)
        guard tries.isAllowed else { throw APIFailure.tooMany("Too many login attempts", tries) }
        let account = try await account(of: email)
        let verdict = try await services.passwords.check(
            request.body["password"]?.stringValue ?? "",
            against: account?.hash
        )
        guard let account, verdict != .wrong else {
            try await noteAttempt(email, request, isRight: false)
            let failures = try await services.limiter.count("account", email, limit: limit)
            guard failures.isAllowed else { throw APIFailure.tooMany("Too many login attempts", failures) }
            throw APIFailure.wrongCredentials
        }
        try await refuseLockedAccount(email, limit)
        if verdict == .rightButOutdated { try await rehash(request, account.id) }
        let token = try await open(account, request)
        try await noteAttempt(email, request, isRight: true)
        try await services.limiter.forget("account", email)
        var response = Response.json([
            "user": ["id": .string(account.id), "name": .string(account.name), "role": .string(account.role)]
        ])
        response.headers[.setCookie] = services.cookie.setting(token)
        return response
    }

    private struct Account {
        let id: String
        let email: String
        let name: String
        let role: String
        let hash: String
    }

    private func account(of email: String) async throws -> Account? {
        let row = try await services.database.read(
            """
            SELECT id, email, full_name, role, password_hash FROM users
            WHERE lower(email) = lower(\(email)) AND is_active AND archived_at IS NULL
            """
        ).first
        guard let row else { return nil }
        return Account(
            id: try row["id"],
            email: try row["email"],
            name: try row["full_name"],
            role: try row["role"],
            hash: try row["password_hash"]
        )
    }

    /// An account with too many failures stays shut also for the right password, or guessing would go on.
    private func refuseLockedAccount(_ email: String, _ limit: Int) async throws {
        guard let standing = try await services.limiter.standing("account", email, limit: limit),
            !standing.isAllowed
        else { return }
        throw APIFailure.tooMany("Too many login attempts", standing)
    }

    private func open(_ account: Account, _ request: APIRequest) async throws -> SessionToken {
        // A session that came with the request ends: its id must not live on in the new one.
        if let old = services.cookie.token(in: request.head.headerFields[values: .cookie]) {
            try await services.sessions.close(old.hash)
        }
        let token = try await services.sessions.open(
            user: account.id,
            client: request.client,
            userAgent: request.userAgent
        )
        try await services.database.withTransaction { transaction in
            try await transaction.execute(
                "UPDATE users SET last_login = now(), failed_logins = 0 WHERE id = \(account.id)::uuid"
            )
            try await AuditLog.note(
                "user.login",
                target: ("user", account.id),
                of: request,
                actor: (account.id, account.email),
                in: transaction
            )
        }
        return token
    }

    private func rehash(_ request: APIRequest, _ id: String) async throws {
        let hash = try await services.passwords.hash(request.body["password"]?.stringValue ?? "")
        try await services.database.execute("UPDATE users SET password_hash = \(hash) WHERE id = \(id)::uuid")
    }

    private func noteAttempt(_ email: String, _ request: APIRequest, isRight: Bool) async throws {
        let address: String? = request.client.text.isEmpty ? nil : request.client.text
        try await services.database.execute(
            "INSERT INTO login_attempts (email_lower, ip, ok) VALUES (lower(\(email)), \(address)::inet, \(isRight))"
        )
    }

    private func logout(_ request: APIRequest) async throws -> Response {
        if let session = try request.signedIn().session { try await services.sessions.close(session) }
        var response = Response(status: .noContent, headers: [.cacheControl: "no-store"])
        response.headers[.setCookie] = services.cookie.removal
        return response
    }

    private func me(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let rows = try await services.database.read(
            """
            SELECT businesses.id, businesses.name, business_members.member_role
            FROM business_members JOIN businesses ON businesses.id = business_members.business_id
            WHERE business_members.user_id = \(identity.userID)::uuid AND businesses.is_active
            ORDER BY businesses.name, businesses.id LIMIT 10000
            """
        )
        let businesses = try rows.map { row -> JSONValue in
            [
                "id": .string(try row["id"]), "name": .string(try row["name"]),
                "memberRole": .string(try row["member_role"]),
            ]
        }
        return .json([
            "id": .string(identity.userID), "name": .string(identity.name), "email": .string(identity.email),
            "role": .string(identity.role.rawValue),
            "permissions": .array(
                Permission.allCases.filter(identity.allows).map { .string($0.rawValue) }
            ),
            "mustChangePassword": .bool(identity.mustChangePassword), "businesses": .array(businesses),
        ])
    }
}

extension Schema {
    /// A user's role.
    static let role = Schema.choice(Role.allCases.map(\.rawValue))
}
