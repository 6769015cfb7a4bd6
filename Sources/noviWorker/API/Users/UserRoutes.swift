import HTTPTypes
import Hummingbird
import OrderMessages
import Postgres
import Shared

/// Managing users (rows A52, A60).
struct UserRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/api/users",
                summary: "All users, newest first",
                tag: "users",
                access: .permission(.manageUsers),
                parameters: Page.parameters,
                successes: [.json(.ok, Page.schema("UserPage", "users", User.schema), "One page.")],
                handler: list
            ),
            Route(
                method: .post,
                path: "/api/users",
                summary: "Makes a user; without a password they get one that is told once, here",
                tag: "users",
                access: .permission(.manageUsers),
                body: .object(
                    "NewUser",
                    [
                        .required("email", .email), .required("fullName", .plainText(1...255)),
                        .optional("phone", .nullable(.phone)), .optional("password", .newPassword),
                        .optional("role", .role, "Only a super_admin makes administrators."),
                        .optional("timezone", .timeZone),
                    ]
                ),
                successes: [
                    .json(
                        .created,
                        .object(
                            "MadeUser",
                            [
                                .required("user", User.schema),
                                .required("oneTimePassword", .nullable(.line(1...128))),
                            ]
                        ),
                        "Made.",
                        headers: ["Location"]
                    )
                ],
                refusals: [.conflict],
                handler: create
            ),
            Route(
                method: .get,
                path: "/api/users/{id}",
                summary: "A user",
                tag: "users",
                access: .permission(.manageUsers),
                parameters: [.userID],
                successes: [.json(.ok, User.schema, "The user.")],
                handler: get
            ),
            Route(
                method: .patch,
                path: "/api/users/{id}",
                summary: "Changes a user's name, phone number or time zone",
                tag: "users",
                access: .permission(.manageUsers),
                parameters: [.userID],
                body: .object(
                    "UserChange",
                    [
                        .optional("fullName", .plainText(1...255)), .optional("phone", .nullable(.phone)),
                        .optional("timezone", .timeZone),
                    ],
                    minimumCount: 1
                ),
                successes: [.json(.ok, User.schema, "Changed.")],
                handler: change
            ),
            stateRoute("disable", "Lets a user sign in no more; all their sessions end"),
            stateRoute("enable", "Lets a user sign in again"),
            Route(
                method: .post,
                path: "/api/users/{id}/role",
                summary: "Gives a user a role",
                tag: "users",
                access: .permission(.manageUsers),
                parameters: [.userID],
                body: .object("RoleChange", [.required("role", .role)]),
                successes: [.json(.ok, User.schema, "Changed.")],
                refusals: [.conflict],
                handler: changeRole
            ),
        ]
    }

    private func stateRoute(_ word: String, _ summary: String) -> Route {
        Route(
            method: .post,
            path: "/api/users/{id}/\(word)",
            summary: summary,
            tag: "users",
            access: .permission(.manageUsers),
            parameters: [.userID],
            successes: [.json(.ok, User.schema, "Changed.")],
            refusals: [.conflict],
            handler: { try await setActive(word == "enable", $0) }
        )
    }

    // MARK: - Reading

    private func list(_ request: APIRequest) async throws -> Response {
        let page = try Page(request)
        let rows = try await services.database.read(
            """
            SELECT \(User.columns) FROM users WHERE (created_at, id) < (\(page.before), \(page.beforeID)::uuid)
            ORDER BY created_at DESC, id DESC LIMIT \(page.limit + 1)
            """
        )
        let users = try rows.map { try User($0) }
        return page.response("users", users, json: { $0.json }, place: { ($0.createdAt, $0.id) })
    }

    private func get(_ request: APIRequest) async throws -> Response {
        .json(try await find(request, in: services.database).json)
    }

    private func find(
        _ request: APIRequest,
        in database: any Database,
        locks: Bool = false
    ) async throws -> User {
        let lock: SQL = locks ? "FOR UPDATE" : ""
        let rows = try await database.query(
            "SELECT \(User.columns) FROM users WHERE id = \(request.path["id"])::uuid \(lock)"
        )
        guard let row = rows.first else { throw APIFailure.unknown("user") }
        return try User(row)
    }

    // MARK: - Making and changing

    private func create(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let email = request.body["email"]?.stringValue ?? ""
        let role = Role(rawValue: request.body["role"]?.stringValue ?? "user") ?? .user
        try Self.checkGiving(role, identity)
        let timezone = request.body["timezone"]?.stringValue ?? "Africa/Lagos"
        try await TimeZones.check(timezone, in: services.database)
        let given = request.body["password"]?.stringValue
        if let given {
            let problems = PasswordRules.problems(of: given, email: email)
            guard problems.isEmpty else {
                throw APIFailure.invalid("password", problems.joined(separator: "; "))
            }
        }
        let password = given ?? PasswordRules.random()
        let hash = try await services.passwords.hash(password)
        let phone = request.body["phone"]?.stringValue.flatMap { PhoneNumber($0) }?.e164
        let user = try await services.database.withTransaction { transaction in
            let rows = try await transaction.query(
                """
                INSERT INTO users (email, full_name, phone_e164, password_hash, role, timezone, must_change_password)
                VALUES (\(email), \(request.cleaned("fullName")), \(phone), \(hash), \(role.rawValue), \(timezone), true)
                ON CONFLICT DO NOTHING RETURNING \(User.columns)
                """
            )
            guard let row = rows.first else {
                throw APIFailure.conflict("email_taken", "there is a user with this e-mail address already")
            }
            let user = try User(row)
            try await note("user.create", user, request, ["role": .string(role.rawValue)], in: transaction)
            return user
        }
        var response = Response.json(
            ["user": .object(user.json), "oneTimePassword": given == nil ? .string(password) : .null],
            status: .created
        )
        response.headers[.location] = "/api/users/\(user.id)"
        return response
    }

    private func change(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        if let timezone = request.body["timezone"]?.stringValue {
            try await TimeZones.check(timezone, in: services.database)
        }
        let changed = try await services.database.withTransaction { transaction in
            let user = try await find(request, in: transaction, locks: true)
            try Self.checkReach(user, identity)
            var sets: [SQL] = ["updated_at = now()"]
            if let name = request.cleaned("fullName") { sets.append("full_name = \(name)") }
            if let phone = request.body["phone"] {
                sets.append("phone_e164 = \(phone.stringValue.flatMap { PhoneNumber($0) }?.e164)")
            }
            if let timezone = request.body["timezone"]?.stringValue { sets.append("timezone = \(timezone)") }
            try await transaction.execute(
                "UPDATE users SET \(SQL.joined(sets, separator: ", ")) WHERE id = \(user.id)::uuid"
            )
            let fields = JSONValue.array(request.body.keys.map { .string($0) })
            try await note("user.change", user, request, ["fields": fields], in: transaction)
            return try await find(request, in: transaction)
        }
        return .json(changed.json)
    }

    private func setActive(_ isActive: Bool, _ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let changed = try await services.database.withTransaction { transaction in
            try await lockAdministrators(in: transaction)
            let user = try await find(request, in: transaction, locks: true)
            try Self.checkReach(user, identity)
            if !isActive { try await checkExpendable(user, identity, in: transaction) }
            try await transaction.execute(
                """
                UPDATE users SET is_active = \(isActive), disabled_at = CASE WHEN \(isActive)::boolean THEN NULL ELSE now() END,
                    updated_at = now()
                WHERE id = \(user.id)::uuid
                """
            )
            if !isActive {
                try await transaction.execute("DELETE FROM sessions WHERE user_id = \(user.id)::uuid")
            }
            try await note(isActive ? "user.enable" : "user.disable", user, request, [:], in: transaction)
            return try await find(request, in: transaction)
        }
        return .json(changed.json)
    }

    private func changeRole(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let role = Role(rawValue: request.body["role"]?.stringValue ?? "") ?? .user
        try Self.checkGiving(role, identity)
        let changed = try await services.database.withTransaction { transaction in
            try await lockAdministrators(in: transaction)
            let user = try await find(request, in: transaction, locks: true)
            try Self.checkReach(user, identity)
            if role != user.role { try await checkExpendable(user, identity, in: transaction) }
            try await transaction.execute(
                "UPDATE users SET role = \(role.rawValue), updated_at = now() WHERE id = \(user.id)::uuid"
            )
            let detail: JSONObject = ["from": .string(user.role.rawValue), "to": .string(role.rawValue)]
            try await note("user.role", user, request, detail, in: transaction)
            return try await find(request, in: transaction)
        }
        return .json(changed.json)
    }

    // MARK: - Rules

    /// Only a super_admin gives more than `user`.
    private static func checkGiving(_ role: Role, _ identity: Identity) throws {
        guard role == .user || identity.allows(.allPermissions) else {
            throw APIFailure.forbidden("only a super_admin may make administrators")
        }
    }

    /// An administrator manages users; administrators are managed by a super_admin.
    private static func checkReach(_ user: User, _ identity: Identity) throws {
        guard user.role == .user || identity.allows(.allPermissions) || user.id == identity.userID else {
            throw APIFailure.forbidden("only a super_admin may change administrators")
        }
    }

    /// Nobody locks themselves out, and a super_admin is left.
    private func checkExpendable(_ user: User, _ identity: Identity, in database: any Database) async throws {
        guard user.id != identity.userID else {
            throw APIFailure.conflict(
                "own_account",
                "nobody can disable or demote themselves; ask another administrator"
            )
        }
        guard user.role == .superAdmin, user.isActive else { return }
        let others: Int = try await database.query(
            """
            SELECT count(*) AS count FROM users
            WHERE role = 'super_admin' AND is_active AND archived_at IS NULL AND id <> \(user.id)::uuid
            """
        ).only()["count"]
        guard others > 0 else {
            throw APIFailure.conflict(
                "last_super_admin",
                "this is the last super_admin; make another one first"
            )
        }
    }

    /// Two at once must not each take the other for the one who is left.
    private func lockAdministrators(in database: any Database) async throws {
        try await database.query("SELECT pg_advisory_xact_lock(hashtext('novi.administrators'))")
    }

    private func note(
        _ action: String,
        _ user: User,
        _ request: APIRequest,
        _ detail: JSONObject,
        in database: any Database
    ) async throws {
        var detail = detail
        detail["email"] = .string(user.email)
        try await AuditLog.note(action, target: ("user", user.id), detail: detail, of: request, in: database)
    }
}

extension Route.Parameter {
    fileprivate static let userID = Route.Parameter.path("id", .uuid, "user")
}
