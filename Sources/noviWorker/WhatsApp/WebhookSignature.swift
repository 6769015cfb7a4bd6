import Crypto

/// Meta's signature of a webhook: HMAC-SHA256 with the app's secret over the raw bytes of the body (spec E3).
struct WebhookSignature {
    private let key: SymmetricKey?

    /// Makes a check; with an empty secret it always fails.
    init(appSecret: String) {
        key = appSecret.isEmpty ? nil : SymmetricKey(data: Array(appSecret.utf8))
    }

    /// Whether `X-Hub-Signature-256`, `sha256=` and 64 lower-case hexadecimal digits, fits the body.
    ///
    /// The comparison takes the same time wherever the codes differ.
    func isValid(header: String?, body: [UInt8]) -> Bool {
        guard let key, let header, let code = WebhookSignature.code(header) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: key)
    }

    /// The header `X-Hub-Signature-256` that Meta would send with a body; `nil` with an empty secret.
    func header(for body: [UInt8]) -> String? {
        guard let key else { return nil }
        let digits = Array("0123456789abcdef")
        let code = HMAC<SHA256>.authenticationCode(for: body, using: key)
        return "sha256=" + String(code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func code(_ header: String) -> [UInt8]? {
        let prefix = "sha256="
        guard header.hasPrefix(prefix) else { return nil }
        let digits = Array(header.utf8.dropFirst(prefix.utf8.count))
        guard digits.count == 64 else { return nil }
        var code: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            code.append(high << 4 | low)
        }
        return code
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
