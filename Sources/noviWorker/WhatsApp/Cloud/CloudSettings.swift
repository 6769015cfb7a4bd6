import Shared
import WhatsAppCloud
import WorkerSupport

/// What the worker is told of its number at Meta; holds secrets, which nothing prints.
struct CloudSettings: Sendable {
    /// The text that stands for a message outside the 24 hours: an approved template whose body is one parameter.
    struct FallbackTemplate: Equatable, Sendable {
        /// The template's name.
        var name: String
        /// Its language, such as `en` or `en_US`.
        var language: String
    }

    /// Where the API is, without a slash at the end (`WHATSAPP_CLOUD_BASE_URL`).
    var baseURL = "https://graph.facebook.com"

    /// The API's version (`WHATSAPP_CLOUD_VERSION`).
    var version = "v25.0"

    /// Meta's id of our number (`WHATSAPP_PHONE_NUMBER_ID`).
    var numberID: String

    /// The key to the API (`WHATSAPP_TOKEN`).
    var token: Secret

    /// What webhooks are signed with (`WHATSAPP_APP_SECRET`).
    var appSecret: Secret

    /// What Meta shows when it asks whether the address is ours (`WHATSAPP_VERIFY_TOKEN`).
    var verifyToken: Secret

    /// How fast is sent; the number's rate is `WHATSAPP_CLOUD_RATE`.
    var rates = SendPace.Rates()

    /// What is sent outside the 24 hours where the message brings no template (`WHATSAPP_CLOUD_TEMPLATE`,
    /// `WHATSAPP_CLOUD_TEMPLATE_LANGUAGE`).
    var fallbackTemplate: FallbackTemplate?

    /// Where Meta reaches our webhook (`WHATSAPP_PUBLIC_URL`); only ``CloudCheck`` uses it.
    var publicURL: String?

    /// The longest that a request may take.
    var requestTime: Duration = .seconds(20)

    /// The time between two questions whether the number still answers.
    var pingInterval: Duration = .seconds(120)
}

extension CloudSettings {
    /// Reads variables, files and credentials; what is wrong is noted in `reader`, and then the result is `nil`.
    init?(_ reader: inout VariableReader) {
        let before = reader.problems.count
        let numberID = reader.text("WHATSAPP_PHONE_NUMBER_ID")
        let token = Self.required("WHATSAPP_TOKEN", &reader)
        let appSecret = Self.required("WHATSAPP_APP_SECRET", &reader)
        let verifyToken = Self.required("WHATSAPP_VERIFY_TOKEN", &reader)
        if numberID?.isDigits(atMost: 32) != true {
            reader.report(
                "WHATSAPP_PHONE_NUMBER_ID must be Meta's id of the number: digits, not the phone itself"
            )
        }
        let rate = reader.number("WHATSAPP_CLOUD_RATE", in: 1...1000)
        let baseURL = Self.url("WHATSAPP_CLOUD_BASE_URL", &reader)
        let publicURL = Self.url("WHATSAPP_PUBLIC_URL", &reader)
        let version = Self.version(&reader)
        let template = Self.template(&reader)
        guard reader.problems.count == before, let numberID, let token, let appSecret, let verifyToken else {
            return nil
        }
        self.init(numberID: numberID, token: token, appSecret: appSecret, verifyToken: verifyToken)
        if let baseURL { self.baseURL = baseURL }
        self.publicURL = publicURL
        if let version { self.version = version }
        if let rate { rates = SendPace.Rates(numberPerSecond: Int(rate)) }
        fallbackTemplate = template
    }

    private static func required(_ name: String, _ reader: inout VariableReader) -> Secret? {
        let before = reader.problems.count
        let secret = reader.secret(name)
        if secret == nil, reader.problems.count == before {
            reader.report("\(name) is missing; set it, or \(name)_FILE to a file that holds it")
        }
        return secret
    }

    private static func url(_ name: String, _ reader: inout VariableReader) -> String? {
        guard var text = reader.text(name) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        let isLoopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"].contains { host in
            text == host || text.hasPrefix("\(host):") || text.hasPrefix("\(host)/")
        }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !text.contains { "?#@".contains($0) }
        guard isPlain, isLoopback || text.hasPrefix("https://") && text.utf8.count > "https://".utf8.count
        else {
            reader.report(
                "\(name) is \"\(text)\", but must begin with https:// (http:// for loopback only: the"
                    + " token would go over the network unprotected)"
            )
            return nil
        }
        return text
    }

    private static func version(_ reader: inout VariableReader) -> String? {
        guard let text = reader.text("WHATSAPP_CLOUD_VERSION") else { return nil }
        let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard text.hasPrefix("v"), parts.count == 2, parts.allSatisfy({ String($0).isDigits(atMost: 3) })
        else {
            reader.report("WHATSAPP_CLOUD_VERSION is \"\(text)\", but must look like v25.0")
            return nil
        }
        return text
    }

    private static func template(_ reader: inout VariableReader) -> FallbackTemplate? {
        guard let name = reader.text("WHATSAPP_CLOUD_TEMPLATE") else { return nil }
        let language = reader.text("WHATSAPP_CLOUD_TEMPLATE_LANGUAGE") ?? "en"
        return FallbackTemplate(name: name, language: language)
    }
}

extension String {
    fileprivate func isDigits(atMost count: Int) -> Bool {
        (1...count).contains(utf8.count) && utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
