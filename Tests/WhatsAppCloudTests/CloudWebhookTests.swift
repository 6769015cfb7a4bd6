import Glibc
import Shared
import Testing
import WhatsAppCloud

@Suite struct CloudWebhookTests {
    private static let folder: String = {
        let tests = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" }
        return "\(tests)/Fixtures/whatsapp-cloud"
    }()

    /// Every shape of a webhook, with what it says in a file beside it.
    static let names: [String] = {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }()

    private func bytes(_ name: String) throws -> [UInt8] {
        let descriptor = open("\(Self.folder)/\(name)", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    @Test(arguments: names)
    func `every shape gives the events of its golden file`(name: String) throws {
        let webhook = try CloudWebhook(try bytes("\(name).json"))
        let lines = webhook.events.map(\.line) + webhook.problems.map { "problem \($0)" }
        #expect(
            lines.joined(separator: "\n") + "\n"
                == String(decoding: try bytes("\(name).events"), as: UTF8.self)
        )
    }

    @Test func `all shapes are there`() {
        #expect(Self.names.count == 33)
    }

    @Test(arguments: [
        ("", "no JSON"), ("{", "no JSON"), ("[]", "not whatsapp"), ("{}", "not whatsapp"),
        (#"{"object":"page"}"#, "not whatsapp"), ("\u{0}", "no JSON"),
    ])
    func `a body that is no webhook is refused with a reason`(body: String, reason: String) {
        do {
            _ = try CloudWebhook(Array(body.utf8))
            Issue.record("taken")
        } catch {
            #expect(error.description.contains(reason))
        }
    }

    @Test func `a body that is too large or too deep is refused`() {
        #expect(throws: CloudWebhookError.tooLarge(CloudLimits.webhookBytes + 1)) {
            _ = try CloudWebhook([UInt8](repeating: 0x20, count: CloudLimits.webhookBytes + 1))
        }
        let deep = #"{"object":"whatsapp_business_account","entry":"# + String(repeating: "[", count: 5000)
        #expect(throws: CloudWebhookError.self) { _ = try CloudWebhook(Array(deep.utf8)) }
    }

    @Test(arguments: [
        #"{"object":"whatsapp_business_account"}"#, #"{"object":"whatsapp_business_account","entry":5}"#,
        #"{"object":"whatsapp_business_account","entry":[5,null,{"changes":{}}]}"#,
        #"{"object":"whatsapp_business_account","entry":[]}"#,
    ])
    func `a webhook without events has none`(body: String) throws {
        #expect(try CloudWebhook(Array(body.utf8)).events.isEmpty)
    }

    @Test(arguments: 0..<8)
    func `damaged webhooks are no trap`(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        for name in Self.names {
            var body = try bytes("\(name).json")
            for _ in 0..<4 {
                body[Int.random(in: 0..<body.count, using: &generator)] = .random(
                    in: 0 ... .max,
                    using: &generator
                )
            }
            _ = try? CloudWebhook(body)
            _ = try? CloudWebhook(Array(body.prefix(Int.random(in: 0...body.count, using: &generator))))
        }
    }

    @Test func `events are bounded`() throws {
        let message = #"{"from":"2348030001122","id":"w","timestamp":"1","type":"text","text":{"body":"x"}}"#
        let many = Array(repeating: message, count: CloudLimits.events + 5).joined(separator: ",")
        let body =
            #"{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":["#
            + many + "]}}]}]}"
        let webhook = try CloudWebhook(Array(body.utf8))
        #expect(webhook.events.count == CloudLimits.events)
        #expect(webhook.problems == ["more than \(CloudLimits.events) events"])
    }
}

/// The same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

extension CloudEvent {
    /// The event as golden files hold it.
    var line: String {
        switch self {
        case .message(let message): message.line
        case .status(let status): status.line
        case .accountError(let error): "account \(error.line)"
        case .personChanged(let old, let new): "person\(old.words) ->\(new.words)"
        case .other(let field): "other \(field)"
        }
    }
}

extension CloudPerson {
    var words: String { (phone.map { " phone=\($0)" } ?? "") + (userID.map { " user=\($0)" } ?? "") }
}

extension CloudError {
    var line: String { "error=\(code) \(title)" + (details.map { " (\($0))" } ?? "") }
}

extension CloudMessage {
    var line: String {
        var line = "message \(id) number=\(numberID)\(sender.words)"
        if let senderName { line += " name=\(senderName)" }
        if let senderUsername { line += " username=\(senderUsername)" }
        line += " at=\(sentAt) kind=\(kind.word)"
        if let groupID { line += " group=\(groupID)" }
        if let repliedID { line += " replied=\(repliedID)" }
        line += " chat=\(chat)"
        if asksForText { line += " asks" }
        if let text {
            line +=
                " text=\(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n"))"
        }
        return line
    }
}

extension CloudStatus {
    var line: String {
        var line = "status \(id) number=\(numberID) \(progress.rawValue) at=\(at)\(recipient.words)"
        if let groupID { line += " group=\(groupID)" }
        if let opaqueData { line += " opaque=\(opaqueData)" }
        if let isBillable { line += " billable=\(isBillable)" }
        if let pricingCategory { line += " category=\(pricingCategory)" }
        for error in errors { line += " \(error.line)" }
        return line
    }
}
