import HTTPTypes
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct SessionTests {
    @Test func `a token survives its text and its hash is another thing`() throws {
        let token = SessionToken()
        #expect(SessionToken(token.text) == token)
        #expect(token.hash.count == 32)
        #expect(token.hash.base64URL != token.text)
        #expect(SessionToken("short") == nil)
        #expect(SessionToken(String(repeating: "!", count: 43)) == nil)
    }

    @Test func `production's cookie is bound to the host and to HTTPS`() {
        let token = SessionToken()
        #expect(
            SessionCookie(.production).setting(token)
                == "__Host-novi=\(token.text); Path=/; Max-Age=86400; HttpOnly; SameSite=Strict; Secure"
        )
        #expect(
            SessionCookie(.development).setting(token)
                == "novi=\(token.text); Path=/; Max-Age=86400; HttpOnly; SameSite=Strict"
        )
        #expect(SessionCookie(.development).removal == "novi=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
    }

    @Test func `a token is found among other cookies, and two of the name are none`() {
        let token = SessionToken()
        let cookie = SessionCookie(.development)
        #expect(cookie.token(in: ["a=b; novi=\(token.text); c=d"]) == token)
        #expect(cookie.token(in: ["a=b", "novi=\(token.text)"]) == token)
        #expect(cookie.token(in: ["novi=\(token.text); novi=\(SessionToken().text)"]) == nil)
        #expect(cookie.token(in: ["xnovi=\(token.text)"]) == nil)
        #expect(cookie.token(in: []) == nil)
    }

    @Test(
        arguments: [
            (["Sec-Fetch-Site": "same-origin"], true), (["Sec-Fetch-Site": "cross-site"], false),
            (["Sec-Fetch-Site": "same-site"], false), (["Sec-Fetch-Site": "none"], false),
            (["Origin": "https://api.example"], true), (["Origin": "http://api.example"], true),
            (["Origin": "https://evil.example"], false), (["Origin": "null"], false), ([:], false),
            (["Origin": "https://api.example", "Sec-Fetch-Site": "cross-site"], false),
        ] as [([String: String], Bool)]
    )
    func `a change must come from the API's own pages`(fields: [String: String], isAllowed: Bool) {
        var headers = HTTPFields()
        for (name, value) in fields { headers[.known(name)] = value }
        #expect(OriginCheck(publicOrigin: nil).allows(headers, host: "api.example") == isAllowed)
    }

    @Test func `with a public address only that one counts`() {
        let check = OriginCheck(publicOrigin: "https://orders.example")
        #expect(check.allows([.origin: "https://orders.example"], host: "127.0.0.1:3000"))
        #expect(!check.allows([.origin: "http://127.0.0.1:3000"], host: "127.0.0.1:3000"))
    }

    @Test func `base64url has one way to write each bytes`() {
        for count in 0..<40 {
            let bytes = [UInt8].random(count: count)
            #expect([UInt8](base64URL: bytes.base64URL) == bytes)
        }
        #expect([UInt8](base64URL: "AB") == nil)
        #expect([UInt8](base64URL: "A") == nil)
        #expect([UInt8](base64URL: "AA==") == nil)
        #expect([0xFB, 0xFF, 0xFE].base64URL == "-__-")
    }

    @Test func `comparing in constant time compares`() {
        #expect([1, 2, 3].isEqualInConstantTime(to: [1, 2, 3]))
        #expect(![1, 2, 3].isEqualInConstantTime(to: [1, 2, 4]))
        #expect(![1, 2, 3].isEqualInConstantTime(to: [1, 2]))
    }
}
