import HTTPTypes
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct TokenTests {
    private func bearer(_ secret: String, _ client: APIClient) -> APIClient {
        var program = client
        program.cookie = nil
        program.headers = ["Authorization": "Bearer \(secret)", "Sec-Fetch-Site": ""]
        return program
    }

    @Test func `a program acts for its user within the token's scopes, until it is revoked`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        let made = try await client.post("/auth/tokens", ["name": "till", "scopes": ["read_own_orders"]])
        #expect(made.status == 201, "\(made)")
        let secret = try #require(made["secret"]?.stringValue)
        #expect(secret.hasPrefix("novi_") && !fixture.log.contains(secret))
        let program = bearer(secret, fixture.anonymous)
        #expect(try await program.get("/api/businesses/\(business)/orders").status == 200)
        // Without Origin and cookie: what it may not do, it may not do by its scopes.
        let order = try await fixture.order(of: program, in: business)
        #expect(order.status == 403 && order.code == "forbidden", "\(order)")
        let me = try await program.get("/auth/me")
        #expect(me["permissions"]?.arrayValue?.compactMap(\.stringValue) == ["read_own_orders"])
        let more = try await program.post("/auth/tokens", ["name": "x", "scopes": ["read_own_orders"]])
        #expect(more.status == 403 && more.code == "forbidden")

        let list = try await client.get("/auth/tokens")
        #expect(list["tokens"]?.arrayValue?.count == 1 && !list.text.contains(secret))
        #expect(list["tokens"]?.arrayValue?.first?["lastUsedAt"]?.stringValue != nil)
        let id = try #require(made["token"]?["id"]?.stringValue)
        #expect(try await fixture.signedIn().delete("/auth/tokens/\(id)").status == 404)
        #expect(try await client.delete("/auth/tokens/\(id)").status == 204)
        #expect(try await client.delete("/auth/tokens/\(id)").status == 404)
        #expect(try await program.get("/auth/me").status == 401)
        #expect(try await client.get("/auth/tokens")["tokens"]?.arrayValue?.isEmpty == true)
    }

    @Test func `a token makes orders without an Origin, ends with its time and with its user`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        let made = try await client.post(
            "/auth/tokens",
            ["name": "till", "scopes": ["read_own_orders", "update_own_orders"], "expiresInDays": 1]
        )
        let program = bearer(try #require(made["secret"]?.stringValue), fixture.anonymous)
        #expect(try await fixture.order(of: program, in: business).status == 201)
        try await fixture.psql("UPDATE users SET is_active = false WHERE id = '\(client.userID)'")
        #expect(try await program.get("/auth/me").status == 401)
        try await fixture.psql("UPDATE users SET is_active = true; UPDATE api_tokens SET expires_at = now()")
        #expect(try await program.get("/auth/me").status == 401)
    }

    @Test func `nobody gives a token more than they may do themselves, or more than fifty`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        for scopes in [["manage_users"], ["read_own_orders", "all_permissions"], [], ["everything"]] {
            let answer = try await client.post(
                "/auth/tokens",
                ["name": "x", "scopes": .array(scopes.map { .string($0) })]
            )
            #expect(answer.status == 400, "\(answer)")
        }
        let body: JSONValue = ["name": "x", "scopes": ["read_own_orders"]]
        for _ in 0..<50 { #expect(try await client.post("/auth/tokens", body).status == 201) }
        let next = try await client.post("/auth/tokens", body)
        #expect(next.status == 409 && next.code == "too_many_tokens")
    }

    @Test func `a credential is a token alone or a cookie`() throws {
        let cookie = SessionCookie(.development)
        let token = SessionToken()
        let cookies: HTTPFields = [.cookie: "novi=\(token.text)"]
        #expect(Credential(cookies, cookie: cookie) == .session(token))
        for text in ["Bearer novi_\(token.text)", "bearer  novi_\(token.text)"] {
            #expect(Credential([.authorization: text], cookie: cookie) == .token(token))
        }
        for text in [
            "Bearer \(token.text)", "Basic novi_\(token.text)", "Bearer novi_\(token.text)x", "Bearer novi_",
            "",
            "novi_\(token.text)",
        ] {
            var headers = cookies
            headers[.authorization] = text
            #expect(Credential(headers, cookie: cookie) == nil, "\(text)")
        }
    }
}
