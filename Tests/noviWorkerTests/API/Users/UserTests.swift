import Shared
import Testing

@testable import noviWorker

@Suite struct UserTests {
    @Test func `an administrator makes users, whose one-time password is told once`() async throws {
        let fixture = try await APIFixture()
        let admin = try await fixture.signedIn(.admin)
        let made = try await admin.post(
            "/api/users",
            ["email": "ada@shop.example", "fullName": "Ada <i>Obi</i>", "phone": "08030001122"]
        )
        #expect(made.status == 201, "\(made)")
        #expect(made["user"]?["fullName"]?.stringValue == "Ada Obi")
        #expect(made["user"]?["phone"]?.stringValue == "+2348030001122")
        #expect(made["user"]?["mustChangePassword"]?.boolValue == true)
        let password = try #require(made["oneTimePassword"]?.stringValue)
        let login = try await fixture.anonymous.post(
            "/auth/login",
            ["email": "ADA@shop.example", "password": .string(password)]
        )
        #expect(login.status == 200)
        let twice = try await admin.post("/api/users", ["email": "Ada@Shop.example", "fullName": "Other"])
        #expect(twice.status == 409 && twice.code == "email_taken")
        let id = try #require(made["user"]?["id"]?.stringValue)
        let read = try await admin.get("/api/users/\(id)")
        #expect(read["email"]?.stringValue == "ada@shop.example" && !read.text.contains(password))
        let changed = try await admin.patch("/api/users/\(id)", ["phone": nil, "timezone": "Europe/London"])
        #expect(changed["phone"] == .null && changed["timezone"]?.stringValue == "Europe/London")
        #expect(
            try await admin.patch("/api/users/\(id)", ["timezone": "Mars/Base"]).fields?["timezone"] != nil
        )
        #expect(try await admin.get("/api/users?limit=1")["next"]?.stringValue != nil)
        #expect(!fixture.log.contains(password))
    }

    @Test func `only a super_admin makes or changes administrators`() async throws {
        let fixture = try await APIFixture()
        let user = try await fixture.signedIn()
        let admin = try await fixture.signedIn(.admin)
        let other = try await fixture.signedIn(.admin)
        let root = try await fixture.signedIn(.superAdmin)
        #expect(try await user.get("/api/users").status == 403)
        #expect(try await user.get("/health/detail").status == 403)
        let body: JSONValue = ["email": "new@x.example", "fullName": "New", "role": "admin"]
        #expect(try await admin.post("/api/users", body).status == 403)
        #expect(try await root.post("/api/users", body).status == 201)
        #expect(try await admin.post("/api/users/\(other.userID)/disable").status == 403)
        #expect(try await admin.post("/api/users/\(user.userID)/role", ["role": "admin"]).status == 403)
        #expect(
            try await root.post("/api/users/\(user.userID)/role", ["role": "admin"])["role"]?.stringValue
                == "admin"
        )
        #expect(try await admin.get("/api/audit").status == 403)
    }

    @Test func `disabling ends the sessions, and nobody disables themselves or the last super_admin`()
        async throws
    {
        let fixture = try await APIFixture()
        let root = try await fixture.signedIn(.superAdmin)
        let second = try await fixture.signedIn(.superAdmin)
        try await fixture.psql(
            "UPDATE users SET is_active = false WHERE email = 'admin@novi.example'"
        )
        let user = try await fixture.signedIn()
        #expect(try await root.post("/api/users/\(user.userID)/disable")["isActive"]?.boolValue == false)
        #expect(try await user.get("/auth/me").status == 401)
        #expect(try await root.post("/api/users/\(user.userID)/enable")["isActive"]?.boolValue == true)
        #expect(try await root.post("/api/users/\(root.userID)/disable").code == "own_account")
        #expect(try await root.post("/api/users/\(root.userID)/role", ["role": "user"]).code == "own_account")
        // Both at once: one must be left.
        async let one = root.post("/api/users/\(second.userID)/disable")
        async let two = second.post("/api/users/\(root.userID)/disable")
        let statuses = try await [one.status, two.status].sorted()
        #expect(statuses[0] == 200)
        #expect([401, 409].contains(statuses[1]))
        let left = try await fixture.psql(
            "SELECT count(*) FROM users WHERE role = 'super_admin' AND is_active"
        )
        #expect(left == "1")
    }

    @Test func `the audit log tells who did what, and its chain holds`() async throws {
        let fixture = try await APIFixture()
        let root = try await fixture.signedIn(.superAdmin, email: "root@x.example")
        let user = try await fixture.signedIn()
        _ = try await root.post("/api/users/\(user.userID)/disable")
        _ = try await root.post("/api/users/\(user.userID)/enable")
        _ = try await fixture.business(of: root)
        let all = try await root.get("/api/audit")
        #expect(all.status == 200, "\(all)")
        let actions = all["entries"]?.arrayValue?.compactMap { $0["action"]?.stringValue } ?? []
        #expect(actions.starts(with: ["business.create", "user.enable", "user.disable"]))
        let disable = try await root.get("/api/audit?action=user.disable&actor=root%40x.example")
        #expect(disable["entries"]?.arrayValue?.count == 1)
        #expect(disable["entries"]?.arrayValue?.first?["targetId"]?.stringValue == user.userID)
        #expect(disable["entries"]?.arrayValue?.first?["ip"]?.stringValue == "127.0.0.1")
        let page = try await root.get("/api/audit?limit=1")
        let next = try #require(page["next"]?.integerValue)
        #expect(
            try await root.get("/api/audit?limit=1&before=\(next)")["entries"]?.arrayValue?.first?["action"]?
                .stringValue == "user.enable"
        )
        #expect(try await fixture.psql("SELECT first_broken_audit_entry() IS NULL") == "t")
    }
}
