import Glibc
import Shared
import Testing

@testable import noviWorker

@Suite struct LoginTests {
    private func firstPassword(_ fixture: APIFixture) -> (email: String, password: String) {
        let lines = text(of: "\(fixture.worker.scratch.path)/data-api/first-password").split(separator: "\n")
        return (String(lines[0].dropFirst("email: ".count)), String(lines[1].dropFirst("password: ".count)))
    }

    @Test func `the first user signs in with the password that was written down, and no log knows it`()
        async throws
    {
        let fixture = try await APIFixture()
        let path = "\(fixture.worker.scratch.path)/data-api/first-password"
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let (email, password) = firstPassword(fixture)
        #expect(email == "admin@novi.example")
        #expect(!fixture.log.contains(password))
        let login = try await fixture.anonymous.post(
            "/auth/login",
            ["email": .string(email), "password": .string(password)]
        )
        #expect(login.status == 200, "\(login)")
        #expect(login["user"]?["role"]?.stringValue == "super_admin")
        #expect(login["user"]?.objectValue?.keys == ["id", "name", "role"])
        let cookie = try #require(login.headers["set-cookie"])
        #expect(cookie.hasSuffix("; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict"))
        var client = fixture.anonymous
        client.cookie = String(cookie.prefix { $0 != ";" })
        let me = try await client.get("/auth/me")
        #expect(me["email"]?.stringValue == email)
        #expect(me["mustChangePassword"]?.boolValue == true)
        let token = String(client.cookie?.dropFirst("novi=".count) ?? "")
        #expect(
            try await fixture.psql(
                "SELECT count(*) FROM sessions WHERE token_hash::text LIKE '%\(token)%'"
            ) == "0"
        )

        let new = "An-0ther-Secret!"
        let wrong = try await client.post(
            "/auth/password",
            ["oldPassword": "Wr0ng!!!", "newPassword": .string(new)]
        )
        #expect(wrong.status == 400 && wrong.fields?["oldPassword"] != nil)
        let weak = try await client.post(
            "/auth/password",
            ["oldPassword": .string(password), "newPassword": "weak"]
        )
        #expect(weak.status == 400 && weak.fields?["newPassword"] != nil)
        let changed = try await client.post(
            "/auth/password",
            ["oldPassword": .string(password), "newPassword": .string(new)]
        )
        #expect(changed.status == 204, "\(changed)")
        #expect(try await client.get("/auth/me")["mustChangePassword"]?.boolValue == false)

        #expect(try await client.post("/auth/logout").status == 204)
        #expect(try await client.get("/auth/me").status == 401)
        #expect(!fixture.log.contains(new) && !fixture.log.contains(token))
    }

    @Test func `unknown, wrong and disabled accounts get the same answer`() async throws {
        let fixture = try await APIFixture()
        let (email, password) = firstPassword(fixture)
        let unknown = try await fixture.anonymous.post(
            "/auth/login",
            ["email": "nobody@x.example", "password": "x"]
        )
        let wrong = try await fixture.anonymous.post(
            "/auth/login",
            ["email": .string(email), "password": "x"]
        )
        try await fixture.psql("UPDATE users SET is_active = false")
        let disabled = try await fixture.anonymous.post(
            "/auth/login",
            ["email": .string(email), "password": .string(password)]
        )
        for answer in [unknown, wrong, disabled] {
            #expect(answer.status == 401)
            #expect(answer.code == "wrong_credentials")
            #expect(answer["error"]?["message"] == unknown["error"]?["message"])
        }
        #expect(
            try await fixture.psql("SELECT count(*), count(*) FILTER (WHERE ok) FROM login_attempts")
                == "3|0"
        )
    }

    @Test func `the sixth login of an address in a quarter of an hour is refused, over all processes`()
        async throws
    {
        let fixture = try await APIFixture(["NOVI_LOGIN_LIMIT": "5"])
        let second = try ListeningSocket()
        let other = try fixture.worker.start("api", extra: fixture.variables, listening: second.descriptor)
        try await eventually("the second process is ready") {
            (try? await get("/health/ready", port: second.port).status) == 200
        }
        let clients = [fixture.anonymous, APIClient(port: second.port)]
        for number in 0..<5 {
            let answer = try await clients[number % 2].post(
                "/auth/login",
                ["email": .string("x\(number)@x.example"), "password": "x"]
            )
            #expect(answer.status == 401)
        }
        for client in clients {
            let sixth = try await client.post("/auth/login", ["email": "y@x.example", "password": "x"])
            #expect(sixth.status == 429)
            #expect(sixth["error"]?["message"]?.stringValue == "Too many login attempts")
            #expect((1...900).contains(Int(sixth.headers["retry-after"] ?? "") ?? 0))
            #expect(sixth.headers["ratelimit-limit"] == "5")
            #expect(sixth.headers["ratelimit-remaining"] == "0")
        }
        other.kill()
    }

    @Test
    func `an account that failed five times stays shut from every address, also for the right password`()
        async throws
    {
        let fixture = try await APIFixture(["NOVI_LOGIN_LIMIT": "5", "NOVI_TRUSTED_PROXIES": "127.0.0.1"])
        let (email, password) = firstPassword(fixture)
        for number in 0..<5 {
            let answer = try await fixture.anonymous.post(
                "/auth/login",
                ["email": .string(email.uppercased()), "password": "Wr0ng!!!"],
                ["X-Forwarded-For": "10.1.1.\(number)"]
            )
            #expect(answer.status == 401)
        }
        let right = try await fixture.anonymous.post(
            "/auth/login",
            ["email": .string(email), "password": .string(password)],
            ["X-Forwarded-For": "10.1.2.1"]
        )
        #expect(right.status == 429)
        try await fixture.psql("UPDATE rate_buckets SET resets_at = now()")
        let later = try await fixture.anonymous.post(
            "/auth/login",
            ["email": .string(email), "password": .string(password)],
            ["X-Forwarded-For": "10.1.2.1"]
        )
        #expect(later.status == 200)
    }

    @Test func `sessions end by age, by silence and with their user`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        #expect(try await client.get("/auth/me").status == 200)
        try await fixture.psql("UPDATE sessions SET last_seen_at = now() - interval '119 minutes'")
        #expect(try await client.get("/auth/me").status == 200)
        #expect(
            try await fixture.psql(
                "SELECT count(*) FROM sessions WHERE last_seen_at > now() - interval '1 minute'"
            ) == "1"
        )
        try await fixture.psql("UPDATE sessions SET last_seen_at = now() - interval '121 minutes'")
        #expect(try await client.get("/auth/me").status == 401)
        let second = try await fixture.signedIn()
        try await fixture.psql(
            "UPDATE sessions SET expires_at = now() WHERE user_id = '\(second.userID)'"
        )
        #expect(try await second.get("/auth/me").status == 401)
        let third = try await fixture.signedIn()
        try await fixture.psql("UPDATE users SET is_active = false WHERE id = '\(third.userID)'")
        #expect(try await third.get("/auth/me").status == 401)
    }

    @Test func `a change from another website, or from nowhere, is refused`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let body: JSONValue = ["name": "Shop"]
        for headers in [
            ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "", "Origin": "https://evil.example"],
            ["Sec-Fetch-Site": ""],
        ] {
            let answer = try await client.post("/api/businesses", body, headers)
            #expect(answer.status == 403)
            #expect(answer.code == "foreign_origin")
        }
        let own = try await client.post(
            "/api/businesses",
            body,
            ["Sec-Fetch-Site": "", "Origin": "http://localhost"]
        )
        #expect(own.status == 201)
        let login = try await fixture.anonymous.post(
            "/auth/login",
            ["email": "a@b.c", "password": "x"],
            ["Sec-Fetch-Site": "cross-site"]
        )
        #expect(login.status == 403)
    }

    @Test func `a forgotten password is replaced once, with a token that only the operator's program gets`()
        async throws
    {
        let scratch = try ScratchFolder()
        let program = try scratch.file("deliver", "#!/bin/sh\ncat > \"\(scratch.path)/mail.$1\"\n")
        chmod(program, 0o755)
        let fixture = try await APIFixture(["NOVI_RESET_COMMAND": program])
        let (email, _) = firstPassword(fixture)
        let known = try await fixture.anonymous.post("/auth/reset/request", ["email": .string(email)])
        let unknown = try await fixture.anonymous.post("/auth/reset/request", ["email": "nobody@x.example"])
        #expect(known.status == 202 && unknown.status == 202)
        #expect(known.text == unknown.text)
        let mail = "\(scratch.path)/mail.\(email)"
        try await eventually("the token is delivered") { text(of: mail).hasSuffix("\n") }
        let token = String(text(of: mail).dropLast())
        #expect(token.count == 43 && !fixture.log.contains(token))
        let body: JSONValue = ["token": .string(token), "newPassword": "Brand-new-1!"]
        #expect(try await fixture.anonymous.post("/auth/reset/confirm", body).status == 204)
        #expect(try await fixture.anonymous.post("/auth/reset/confirm", body).fields?["token"] != nil)
        let login = try await fixture.anonymous.post(
            "/auth/login",
            ["email": .string(email), "password": "Brand-new-1!"]
        )
        #expect(login.status == 200)
    }

    @Test func `in production the API does not start without a secret`() async throws {
        let worker = try await WorkerProgram()
        for secret in ["", "too short"] {
            let api = try worker.start("api", extra: ["NOVI_ENV": "production", "SESSION_SECRET": secret])
            #expect(try await api.waitForExit() == 78)
        }
        let log = text(of: "\(worker.scratch.path)/api.log")
        #expect(log.contains("SESSION_SECRET is missing"))
        #expect(log.contains("SESSION_SECRET has 9 bytes, but must have at least 32"))
        #expect(!log.contains("too short"))
    }

    @Test func `production's cookie is __Host-novi, HSTS is on, and a given password must be changed first`()
        async throws
    {
        let fixture = try await APIFixture([
            "NOVI_ENV": "production", "SESSION_SECRET": String(repeating: "s", count: 32),
            "NOVI_MIGRATE": "on-start",
            "NOVI_PUBLIC_URL": "https://orders.example", "NOVI_TRUSTED_PROXIES": "127.0.0.1",
            "NOVI_PASSWORD_COST": "14",
        ])
        let (email, password) = firstPassword(fixture)
        let https = ["X-Forwarded-Proto": "https", "Origin": "https://orders.example", "Sec-Fetch-Site": ""]
        let login = try await fixture.anonymous.post(
            "/auth/login",
            ["email": .string(email), "password": .string(password)],
            https
        )
        #expect(login.status == 200)
        let cookie = try #require(login.headers["set-cookie"])
        #expect(cookie.hasPrefix("__Host-novi=") && cookie.hasSuffix("; Secure"))
        #expect(login.headers["strict-transport-security"]?.hasPrefix("max-age=15552000") == true)
        var client = fixture.anonymous
        client.cookie = String(cookie.prefix { $0 != ";" })
        client.headers = https
        let early = try await client.post("/api/businesses", ["name": "Shop"])
        #expect(early.status == 403 && early.code == "password_change_required")
        let plain = try await fixture.anonymous.get(
            "/api/users?x=1",
            ["X-Forwarded-Proto": "http", "Host": "evil.example"]
        )
        #expect(plain.status == 308)
        #expect(plain.headers["location"] == "https://orders.example/api/users?x=1")
    }
}
