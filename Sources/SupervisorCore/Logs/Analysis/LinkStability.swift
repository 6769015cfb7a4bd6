/// How steady a link to WhatsApp was, by the lines that its worker writes: `whatsapp ready`, `whatsapp disconnected: TIMEOUT; …`.
public struct LinkStability: Sendable {
    /// How often the link was ready.
    public private(set) var readyCount = 0
    /// How often it was lost.
    public private(set) var lossCount = 0
    /// Why it was lost.
    public private(set) var reasons = FrequencyTable(capacity: 100)
    /// For how long it was not ready in all, in nanoseconds; of losses whose end is told.
    public private(set) var downNanoseconds: Int64 = 0
    /// What was told last.
    public private(set) var lastState: String?
    /// Since when it is down; `nil` while it is ready.
    public private(set) var downSince: Int64?

    /// Makes one of which nothing is known.
    public init() {}

    /// Takes a line in that may tell a state.
    public mutating func add(_ line: ArraySlice<UInt8>, at time: Int64) {
        guard let start = ByteText.find("whatsapp ", in: line, atWordStart: true) else { return }
        let rest = line[start...].dropFirst(9)
        let word = rest.prefix { ASCII.isWordByte($0) }
        switch String(decoding: word, as: UTF8.self).lowercased() {
        case "ready", "connected":
            readyCount += 1
            lastState = "ready"
            if let since = downSince { downNanoseconds += max(0, time - since) }
            downSince = nil
        case "disconnected", "logged_out", "blocked", "failed":
            // A further try that fails is no further loss.
            if downSince == nil {
                lossCount += 1
                downSince = time
            }
            lastState = String(decoding: word, as: UTF8.self).lowercased()
            let reason = rest.dropFirst(word.count).drop { $0 == UInt8(ascii: ":") || $0 == 0x20 }
                .prefix { $0 != UInt8(ascii: ";") }
            reasons.add(reason.isEmpty ? "no reason" : MessagePattern.normalized(reason), at: time)
        default: break
        }
    }

    /// Whether anything was told at all.
    public var isKnown: Bool { lastState != nil }
}
