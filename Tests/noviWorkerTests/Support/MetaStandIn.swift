import NIOCore
import NIOHTTP1
import NIOPosix
import Shared
import Synchronization

/// Meta's API on loopback: checks requests against the documented shapes and answers as it is told.
///
/// What it cannot show is what Meta's servers really do.
final class MetaStandIn: Sendable {
    /// How a request is answered.
    enum Reply: Sendable {
        /// A status and a body.
        case answer(Int, String, [String: String] = [:])
        /// An error as Meta writes it.
        case error(Int64, String = "refused", status: Int = 400)
        /// Nothing, for ever.
        case silence
        /// The connection is closed.
        case hangUp
        /// Half of a body, then the connection is closed.
        case torn(Int)
        /// A body of so many bytes.
        case flood(Int, Int)

        /// A message that was accepted.
        static func accepted(_ id: String) -> Reply {
            .answer(200, #"{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"\#(id)"}]}"#)
        }
    }

    /// A request as it came.
    struct Request: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: JSONValue?
    }

    private struct State {
        var requests: [Request] = []
        var problems: [String] = []
        var replies: [Reply] = []
        var numberReplies: [Reply] = []
    }

    static let numberID = "106000000000001"
    static let token = "token-for-tests"

    /// What it answers for the number when nothing else is scripted.
    static let number = Reply.answer(
        200,
        #"{"id":"106000000000001","display_phone_number":"+234 800 000 0001","verified_name":"Novi","quality_rating":"GREEN"}"#
    )

    private let state = Mutex(State())
    private let server: any Channel

    /// Where it listens.
    let baseURL: String

    init() async throws {
        let relay = Relay()
        server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(relay))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        baseURL = "http://127.0.0.1:\(server.localAddress?.port ?? 0)"
        relay.standIn.withLock { $0 = self }
    }

    /// Ends it; connections that hang are left to the client.
    func close() async { try? await server.close() }

    /// Has the next messages answered so.
    func reply(_ replies: Reply...) { state.withLock { $0.replies += replies } }

    /// Has the next questions for the number answered so.
    func replyForNumber(_ replies: Reply...) { state.withLock { $0.numberReplies += replies } }

    /// What it was asked, without questions for the number.
    var messages: [Request] { state.withLock { $0.requests.filter { $0.method == "POST" } } }

    /// What it was asked for the number.
    var questions: [Request] { state.withLock { $0.requests.filter { $0.method == "GET" } } }

    /// Where requests differ from what Meta documents.
    var problems: [String] { state.withLock { $0.problems } }

    fileprivate func take(_ request: Request) -> Reply {
        state.withLock { state in
            state.requests.append(request)
            let problems = Self.problems(of: request)
            state.problems += problems
            if !problems.isEmpty { return .error(100, problems.joined(separator: ", ")) }
            if request.method == "GET" {
                return state.numberReplies.isEmpty ? Self.number : state.numberReplies.removeFirst()
            }
            let next = Reply.accepted("wamid.OUT\(state.requests.count)")
            return state.replies.isEmpty ? next : state.replies.removeFirst()
        }
    }

    // MARK: - The documented shape

    private static func problems(of request: Request) -> [String] {
        var problems: [String] = []
        func expect(_ holds: Bool, _ text: String) { if !holds { problems.append(text) } }
        expect(request.headers["authorization"] == "Bearer \(token)", "authorization")
        let folder = "/v25.0/\(numberID)"
        guard request.method == "POST" else {
            expect(request.path.hasPrefix("\(folder)?fields=id,"), "path \(request.path)")
            return problems
        }
        expect(request.path == "\(folder)/messages", "path \(request.path)")
        expect(request.headers["content-type"] == "application/json", "content-type")
        guard let body = request.body?.objectValue else { return problems + ["no JSON object"] }
        var known: Set = [
            "messaging_product", "recipient_type", "to", "recipient", "type", "context",
            "biz_opaque_callback_data",
        ]
        expect(body["messaging_product"] == "whatsapp", "messaging_product")
        let isGroup = body["recipient_type"] == "group"
        expect(isGroup || body["recipient_type"] == "individual", "recipient_type")
        let to = body["to"]?.stringValue
        expect(to?.isEmpty == false || (!isGroup && body["recipient"]?.stringValue != nil), "to or recipient")
        if let to, !isGroup { expect(to.allSatisfy { $0.isASCII && $0.isNumber }, "to \(to)") }
        let type = body["type"]?.stringValue ?? ""
        known.insert(type)
        switch type {
        case "text":
            let text = body["text"]?["body"]?.stringValue ?? ""
            expect((1...4096).contains(text.unicodeScalars.count), "text.body")
            expect(body["text"]?["preview_url"]?.boolValue != nil, "text.preview_url")
        case "template":
            expect(body["template"]?["name"]?.stringValue?.isEmpty == false, "template.name")
            expect(body["template"]?["language"]?["code"]?.stringValue?.isEmpty == false, "template.language")
            for component in body["template"]?["components"]?.arrayValue ?? [] {
                expect(component["type"] == "body", "component type")
                for parameter in component["parameters"]?.arrayValue ?? [] {
                    let text = parameter["text"]?.stringValue ?? "\n"
                    expect(parameter["type"] == "text" && !text.contains { $0.isNewline }, "parameter")
                }
            }
        default: problems.append("type \(type)")
        }
        for key in body.keys where !known.contains(key) { problems.append("member \(key)") }
        if let context = body["context"] { expect(context["message_id"]?.stringValue != nil, "context") }
        return problems
    }
}

/// Lets handlers find the stand-in, which exists only after its server.
private final class Relay: Sendable {
    let standIn = Mutex<MetaStandIn?>(nil)
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let relay: Relay
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ relay: Relay) { self.relay = relay }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let buffer): body += Array(buffer.readableBytesView)
        case .end:
            guard let head, let standIn = relay.standIn.withLock({ $0 }) else { return }
            let headers = Dictionary(
                head.headers.map { ($0.name.lowercased(), $0.value) },
                uniquingKeysWith: { first, _ in first }
            )
            let request = MetaStandIn.Request(
                method: head.method.rawValue,
                path: head.uri,
                headers: headers,
                body: try? JSONValue(parsing: body)
            )
            answer(standIn.take(request), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ reply: MetaStandIn.Reply, _ context: ChannelHandlerContext) {
        switch reply {
        case .silence: break
        case .hangUp: context.close(promise: nil)
        case .answer(let status, let text, let headers):
            write(status, Array(text.utf8), headers, context)
        case .error(let code, let title, let status):
            let text =
                #"{"error":{"message":"(#\#(code)) \#(title)","type":"OAuthException","code":\#(code),"error_data":{"messaging_product":"whatsapp","details":"told by the stand-in"},"fbtrace_id":"x"}}"#
            write(status, Array(text.utf8), [:], context)
        case .flood(let status, let count):
            write(status, [UInt8](repeating: 0x20, count: count), [:], context)
        case .torn(let status):
            let head = HTTPResponseHead(
                version: .http1_1,
                status: HTTPResponseStatus(statusCode: status),
                headers: ["content-length": "1000"]
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let half = ByteBuffer(string: #"{"messages":[{"id":"wamid"#)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(half)))).assumeIsolated().whenComplete {
                _ in
                context.close(promise: nil)
            }
        }
    }

    private func write(
        _ status: Int,
        _ bytes: [UInt8],
        _ more: [String: String],
        _ context: ChannelHandlerContext
    ) {
        var headers: HTTPHeaders = ["content-type": "application/json", "content-length": "\(bytes.count)"]
        for (name, value) in more { headers.add(name: name, value: value) }
        let status = HTTPResponseStatus(statusCode: status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
