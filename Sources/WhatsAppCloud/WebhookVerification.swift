/// Meta's question whether a webhook's address is ours.
public enum WebhookVerification {
    /// The challenge to answer with; `nil` means 403.
    ///
    /// - Parameters:
    ///   - mode: `hub.mode`.
    ///   - token: `hub.verify_token`.
    ///   - challenge: `hub.challenge`.
    ///   - expected: Our token; an empty one always fails.
    /// - Returns: Exactly the challenge.
    public static func answer(mode: String?, token: String?, challenge: String?, expected: String) -> String?
    {
        guard mode == "subscribe", let token, let challenge, !expected.isEmpty,
            isSame(Array(token.utf8), Array(expected.utf8)),
            (1...CloudLimits.challengeBytes).contains(challenge.utf8.count),
            challenge.unicodeScalars.allSatisfy({
                $0.value >= 0x20 && $0.value != 0x7F && !(0x80..<0xA0).contains($0.value)
            })
        else { return nil }
        return challenge
    }

    /// Compares in a time that depends on the second length only.
    static func isSame(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
        var difference = given.count ^ expected.count
        for (index, byte) in expected.enumerated() {
            difference |= Int(byte ^ (index < given.count ? given[index] : ~byte))
        }
        return difference == 0
    }
}
