import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Postgres
import Shared
import WhatsAppCloud
import WorkerSupport

/// Looks whether what the Cloud API needs is in order (spec E5): the token and the number at Meta, the clock, and the public
/// address with its certificate, by our own webhook's answers.
struct CloudCheck: Sendable {
    private let settings: CloudSettings

    /// The difference between our clock and Meta's from which it is told, in seconds.
    private static let skew: Int64 = 30
    /// The longest answer of a webhook that Meta likes; more than one in a hundred over it are complained of.
    private static let webhookTime: Duration = .seconds(1)
    /// The longest that one request may take.
    private static let requestTime: Duration = .seconds(10)

    /// Makes a check.
    init(_ settings: CloudSettings) {
        self.settings = settings
    }

    /// Asks Meta, and the public address as Meta does.
    func findings() async -> [ProviderFinding] {
        async let meta = metaFindings()
        async let address = addressFindings()
        return await meta + address
    }

    // MARK: - Meta

    private func metaFindings() async -> [ProviderFinding] {
        let client = CloudClient(settings)
        let answer: CloudClient.Answer
        do {
            answer = try await client.number()
        } catch {
            await client.close()
            let reason =
                switch error {
                case .notSent(let reason), .unclear(let reason): reason
                }
            let next = "look at name resolution, firewall and proxy of this machine"
            return [
                ProviderFinding(level: .fail, text: "cannot reach \(settings.baseURL): \(reason)", next: next)
            ]
        }
        await client.close()
        return [Self.number(answer)] + (Self.clock(answer.date).map { [$0] } ?? [])
    }

    private static func number(_ answer: CloudClient.Answer) -> ProviderFinding {
        if case .refused(let errorClass, let error) = CloudAnswer(
            httpStatus: answer.status,
            body: answer.body
        ) {
            let reason = error.map { "\($0.code) \($0.title)" } ?? "HTTP \(answer.status)"
            let text = "Meta refuses the token or the number: \(reason)"
            let next =
                switch errorClass {
                case .loggedOut, .notPermitted: "set a valid token (WHATSAPP_TOKEN) and restart the bridge"
                default: "look up the number and the account in Meta's Business settings"
                }
            return ProviderFinding(level: .fail, text: LogText.masked(text), next: next)
        }
        guard let number = CloudNumber(answer.body) else {
            return ProviderFinding(
                level: .fail,
                text: "Meta's answer for the number is unreadable (HTTP \(answer.status))"
            )
        }
        let name = number.verifiedName.map { " \"\($0)\"" } ?? ""
        switch number.qualityRating {
        case "RED", "YELLOW":
            let rating = number.qualityRating ?? ""
            let next = "people block or report the number's messages; Meta lowers its limits at RED"
            return ProviderFinding(
                level: .warn,
                text: "token and number\(name) are valid, quality \(rating)",
                next: next
            )
        default:
            return ProviderFinding(level: .pass, text: "token and number\(name) are valid")
        }
    }

    private static func clock(_ theirs: Int64?) -> ProviderFinding? {
        guard let theirs else { return nil }
        let difference = UTCInstant.now().microseconds / 1_000_000 - theirs
        guard abs(difference) > skew else {
            return ProviderFinding(level: .pass, text: "the clock differs from Meta's by \(difference) s")
        }
        return ProviderFinding(
            level: .warn,
            text: "the clock differs from Meta's by \(difference) s",
            next: "have the clock set by NTP: timedatectl set-ntp true"
        )
    }

    // MARK: - Our public address

    private func addressFindings() async -> [ProviderFinding] {
        guard let url = settings.publicURL else {
            return [
                ProviderFinding(
                    level: .warn,
                    text: "whether Meta reaches the webhook was not tried",
                    next:
                        "set WHATSAPP_PUBLIC_URL to the address that Meta has, such as https://shop.example/webhooks/whatsapp"
                )
            ]
        }
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
        let findings = await addressFindings(url, http)
        try? await http.shutdown()
        return findings
    }

    private func addressFindings(_ url: String, _ http: HTTPClient) async -> [ProviderFinding] {
        let challenge = "\(UInt64.random(in: 1...UInt64(Int64.max)))"
        let query =
            "hub.mode=subscribe&hub.challenge=\(challenge)&hub.verify_token=\(Self.encoded(settings.verifyToken.text))"
        do {
            let answer = try await ask(HTTPClientRequest(url: "\(url)?\(query)"), http)
            guard answer.status == 200, answer.body == Array(challenge.utf8) else {
                return [Self.wrongAddress(url, "Meta's question is answered with HTTP \(answer.status)")]
            }
            let signature = WebhookSignature(appSecret: settings.appSecret.text).header(
                for: Self.emptyWebhook
            )
            let signed = try await post(url, signature, http)
            let unsigned = try await post(url, nil, http)
            guard signed.status == 200 else {
                return [Self.wrongAddress(url, "a signed webhook is answered with HTTP \(signed.status)")]
            }
            guard unsigned.status == 401 else {
                return [
                    Self.wrongAddress(
                        url,
                        "a webhook without signature is answered with HTTP \(unsigned.status), not 401"
                    )
                ]
            }
            let place = "\(url) answers as Meta wants"
            guard signed.time > Self.webhookTime else { return [ProviderFinding(level: .pass, text: place)] }
            let text = "\(place), but only after \(signed.time.wholeMilliseconds) ms"
            return [
                ProviderFinding(level: .warn, text: text, next: "Meta wants webhooks answered within 250 ms")
            ]
        } catch {
            let text = "\(url) cannot be reached as Meta would: \("\(error)".prefix(200))"
            let next =
                "Meta wants a public https address whose certificate is signed by a known authority and is not over"
            return [ProviderFinding(level: .fail, text: text, next: next)]
        }
    }

    private static func wrongAddress(_ url: String, _ text: String) -> ProviderFinding {
        let next = "see that the proxy passes \(url) to the API's port unchanged, body and headers"
        return ProviderFinding(level: .fail, text: "\(url): \(text)", next: next)
    }

    private struct Answer {
        var status: Int
        var body: [UInt8]
        var time: Duration
    }

    private func post(_ url: String, _ signature: String?, _ http: HTTPClient) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        if let signature { request.headers.add(name: "x-hub-signature-256", value: signature) }
        request.body = .bytes(Self.emptyWebhook)
        return try await ask(request, http)
    }

    private func ask(_ request: HTTPClientRequest, _ http: HTTPClient) async throws -> Answer {
        let begin = ContinuousClock.now
        let response = try await http.execute(request, deadline: .now() + TimeAmount(Self.requestTime))
        let body = try await response.body.collect(upTo: CloudClient.answerBytes)
        return Answer(
            status: Int(response.status.code),
            body: Array(body.readableBytesView),
            time: ContinuousClock.now - begin
        )
    }

    /// A webhook that tells nothing.
    static let emptyWebhook = Array(#"{"object":"whatsapp_business_account","entry":[]}"#.utf8)

    /// A text as part of a query (RFC 3986, section 2.1).
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
