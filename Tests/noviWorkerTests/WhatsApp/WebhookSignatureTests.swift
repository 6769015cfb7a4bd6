import Testing

@testable import noviWorker

@Suite struct WebhookSignatureTests {
    private let signature = WebhookSignature(appSecret: "app-secret-for-tests")

    static let vectors = [
        (
            #"{"object":"whatsapp_business_account","entry":[]}"#,
            "1ca363dab318df784e1963b29dca91e2098e6cf2fbf0d3c14e09580a90684a61"
        ),
        (
            #"{"t":"caf\u00e9 \ud83c\udf70"}"#,
            "ab06dee153223edd1b4392b1ef83ee4ffdc624bda86f308e6ab8cf75422a71c6"
        ),
    ]

    @Test(arguments: vectors)
    func `the vectors of the specification hold`(body: String, code: String) {
        #expect(signature.isValid(header: "sha256=\(code)", body: Array(body.utf8)))
    }

    @Test(arguments: vectors)
    func `one changed bit of body or code is refused`(body: String, code: String) {
        for index in body.utf8.indices.map({ body.utf8.distance(from: body.startIndex, to: $0) }) {
            var bytes = Array(body.utf8)
            bytes[index] ^= 1
            #expect(!signature.isValid(header: "sha256=\(code)", body: bytes))
        }
        for index in 0..<64 {
            var digits = Array(code.utf8)
            digits[index] = digits[index] == 0x30 ? 0x31 : 0x30
            let header = "sha256=\(String(decoding: digits, as: UTF8.self))"
            #expect(!signature.isValid(header: header, body: Array(body.utf8)))
        }
    }

    @Test func `a header of another form is refused`() {
        let (body, code) = Self.vectors[0]
        for header in [
            nil, "", code, "sha256=", "sha1=\(code)", "sha256=\(code.uppercased())", "sha256=\(code) ",
            "sha256=\(code)00",
            "sha256=\(code.dropLast())", "SHA256=\(code)", "sha256=\(String(repeating: "g", count: 64))",
        ] {
            #expect(!signature.isValid(header: header, body: Array(body.utf8)))
        }
    }

    @Test func `an empty secret fails always, also for the code that it gives`() {
        // HMAC-SHA256 with an empty key over an empty body.
        let code = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(!WebhookSignature(appSecret: "").isValid(header: "sha256=\(code)", body: []))
    }
}
