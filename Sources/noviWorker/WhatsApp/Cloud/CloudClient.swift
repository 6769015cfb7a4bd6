import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Shared
import WhatsAppCloud
import WorkerSupport

/// Requests to Meta's API with their bounds: time, size of the answer, no redirects.
struct CloudClient: Sendable {
    /// A request without an answer.
    enum Failure: Error, Equatable {
        /// It did not leave: there was no connection.
        case notSent(String)
        /// It may have arrived; no answer came, or only a part.
        case unclear(String)
    }

    /// An answer.
    struct Answer: Sendable {
        /// The HTTP status.
        var status: Int
        /// The body; empty when there was more than is read.
        var body: [UInt8]
        /// How long Meta wants us to wait (RFC 9110, Retry-After, in seconds).
        var retryAfter: Duration?
        /// When Meta wrote it, by its own clock, in seconds since 1970 (RFC 9110, Date).
        var date: Int64?
    }

    /// The most that is read of an answer.
    static let answerBytes = 1 << 20

    private let settings: CloudSettings
    private let http: HTTPClient

    /// Makes a client; ``close()`` must be called.
    init(_ settings: CloudSettings) {
        self.settings = settings
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        // A connection that the other side has closed meanwhile costs a message whose fate is unknown.
        configuration.connectionPool.idleTimeout = .seconds(20)
        // The cause of a connection that cannot be made is wanted, not a time-out.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
    }

    /// Ends all connections.
    func close() async {
        try? await http.shutdown()
    }

    /// Sends a request to our number.
    func send(_ request: CloudRequest) async throws(Failure) -> Answer {
        var outgoing = self.request("\(settings.numberID)/messages")
        outgoing.method = .POST
        outgoing.headers.add(name: "content-type", value: "application/json")
        outgoing.body = .bytes(request.json.serialized())
        return try await exchange(outgoing)
    }

    /// Asks what Meta knows of our number.
    func number() async throws(Failure) -> Answer {
        try await exchange(
            request("\(settings.numberID)?fields=id,display_phone_number,verified_name,quality_rating")
        )
    }

    private func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(settings.baseURL)/\(settings.version)/\(path)")
        request.headers.add(name: "authorization", value: "Bearer \(settings.token.text)")
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "user-agent", value: "novi/\(NoviWorker.version)")
        return request
    }

    /// Request and whole answer within the time of the settings.
    private func exchange(_ request: HTTPClientRequest) async throws(Failure) -> Answer {
        let outcome = await withTimeLimit(settings.requestTime) { await perform(request) }
        guard let outcome else {
            throw .unclear("no answer within \(settings.requestTime.wholeMilliseconds) ms")
        }
        return try outcome.get()
    }

    private func perform(_ request: HTTPClientRequest) async -> Result<Answer, Failure> {
        do {
            // The time is kept by whoever calls; this one only has to end some time after.
            let deadline = NIODeadline.now() + TimeAmount(settings.requestTime + .seconds(5))
            let response = try await http.execute(request, deadline: deadline)
            let seconds = response.headers.first(name: "retry-after").flatMap(Int64.init)
            let body: [UInt8]
            do {
                body = Array((try await response.body.collect(upTo: Self.answerBytes)).readableBytesView)
            } catch is NIOTooManyBytesError {
                body = []
            }
            return .success(
                Answer(
                    status: Int(response.status.code),
                    body: body,
                    retryAfter: seconds.map { .seconds(min(max($0, 0), 3600)) },
                    date: response.headers.first(name: "date").flatMap(HTTPDate.seconds)
                )
            )
        } catch {
            return .failure(Self.failure(error))
        }
    }

    /// Whether an error number is one that only making a connection meets with (connect(2)).
    private static func isOfConnecting(_ code: CInt) -> Bool {
        switch code {
        case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL: true
        default: false
        }
    }

    /// Whether an error came before or after the request could have left.
    private static func failure(_ error: any Error) -> Failure {
        // No error of these types repeats headers or bodies.
        let text = String("\(error)".prefix(200))
        switch error {
        case is NIOConnectionError, is ChannelError, is SocketAddressError: return .notSent(text)
        case let error as IOError where Self.isOfConnecting(error.errnoCode): return .notSent(text)
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .alreadyShutdown,
                .httpProxyHandshakeTimeout:
                return .notSent(error.shortDescription)
            default: return .unclear(error.shortDescription)
            }
        default: return .unclear(text)
        }
    }
}
