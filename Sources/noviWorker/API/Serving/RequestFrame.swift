import HTTPTypes
import Hummingbird
import Logging
import Shared
import Synchronization
import WorkerSupport

/// The outermost layer of every request: its id, its caller, errors in one shape, headers, counts, the slow log.
struct RequestFrame: RouterMiddleware {
    typealias Context = APIContext

    /// The methods that are known at all; a path answers those it does not take with 405.
    static let methods: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace, .known("QUERY")]

    /// The worker's log.
    let log: WorkerLog

    /// How strict the API is.
    let settings: APISettings

    /// Whether plain HTTP is redirected (row A57).
    let requiresHTTPS: Bool

    /// What browsers are told.
    let security: SecurityHeaders

    /// What is counted.
    let metrics: RequestMetrics

    /// Whether the worker takes no new work any more.
    let isDraining: @Sendable () -> Bool

    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let begin = ContinuousClock.now
        var context = context
        context.requestID = Self.requestID(of: request)
        var response: Response
        do {
            guard Self.methods.contains(request.method) else { throw APIFailure.unknownMethod }
            guard !Self.isTooLarge(request.headers) else { throw APIFailure.headersTooLarge }
            if let redirect = redirect(request, context) {
                response = redirect
            } else {
                response = try await next(request, context)
            }
        } catch {
            let failure = APIFailure.known(error)
            if failure == nil || failure?.status.kind == .serverError {
                log.operations.error(
                    "request \(context.requestID): \(request.method) \(context.endpointPath ?? "-"): \(LogText.masked("\(error)"))"
                )
            }
            response = (failure ?? .unexpected).response(requestID: context.requestID)
        }
        // No route sets these, so there is nothing to look for.
        response.headers.append(HTTPField(name: .requestID, value: context.requestID))
        security.apply(to: &response.headers)
        if isDraining() { response.headers[.connection] = "close" }
        note(request, response, context, ContinuousClock.now - begin)
        return response
    }

    private func note(_ request: Request, _ response: Response, _ context: APIContext, _ duration: Duration) {
        let isKnownMethod = Self.methods.contains(request.method)
        metrics.record(
            isKnownMethod ? request.method : .known("OTHER"),
            route: context.endpointPath ?? "none",
            status: response.status,
            duration: duration
        )
        let path = { LogText.masked(String(request.uri.path.prefix(200))) }
        if duration > settings.slowRequest {
            let agent = LogText.masked(String((request.headers[.userAgent] ?? "-").prefix(200)))
            log.operations.warning(
                "slow request: \(request.method) \(path()) \(duration.wholeMilliseconds)ms agent=\(agent) request=\(context.requestID)"
            )
        }
        log.worker.debug(
            "\(request.method) \(path()) \(response.status.code) \(duration.wholeMilliseconds)ms request=\(context.requestID)"
        )
    }

    /// Behind a proxy that we trust, plain HTTP goes to the configured address; no other header of a client decides where.
    private func redirect(_ request: Request, _ context: APIContext) -> Response? {
        guard requiresHTTPS, let origin = settings.publicOrigin, origin.hasPrefix("https://"),
            settings.trustedProxies.contains(context.peer == .local ? "unix" : context.peer.text),
            let scheme = request.headers[.forwardedProto], scheme != "https",
            !request.uri.path.hasPrefix("/health")
        else { return nil }
        let path = request.head.path ?? "/"
        return Response(
            status: .permanentRedirect,
            headers: [.location: origin + (path.hasPrefix("/") ? path : "/")]
        )
    }

    /// The caller's id when it is a short token, otherwise a new one.
    static func requestID(of request: Request) -> String {
        if let given = request.headers[.requestID], (1...Limits.requestIDBytes).contains(given.utf8.count),
            given.utf8.allSatisfy(isTokenByte)
        {
            return given
        }
        return RequestIdentifier.new()
    }

    private static func isTooLarge(_ headers: HTTPFields) -> Bool {
        guard headers.count <= Limits.headerCount else { return true }
        return headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count }
            > Limits.headerBytes
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// The name of one request, for callers and logs.
enum RequestIdentifier {
    /// Counts from a random number; no system call for each request.
    private static let counter = Counter()

    private final class Counter: Sendable {
        let value = Atomic<UInt64>(.random(in: .min ... .max))
    }

    private static let digits = [UInt8]("0123456789abcdef".utf8)

    /// Sixteen hexadecimal digits; no two are the same within a process, and hardly any two of several.
    static func new() -> String {
        var number = mixed(counter.value.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue)
        return String(unsafeUninitializedCapacity: 16) { buffer in
            for index in buffer.indices.reversed() {
                buffer[index] = digits[Int(number & 15)]
                number >>= 4
            }
            return 16
        }
    }

    /// One to one (SplitMix64, Steele, Lea and Flood 2014).
    private static func mixed(_ number: UInt64) -> UInt64 {
        var number = number
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}

extension HTTPRequest.Method {
    /// A method whose name is known to be a token (RFC 9110).
    static func known(_ name: String) -> HTTPRequest.Method {
        guard let method = HTTPRequest.Method(name) else { preconditionFailure("\(name) is no method") }
        return method
    }
}
