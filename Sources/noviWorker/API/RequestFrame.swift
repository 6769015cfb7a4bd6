import HTTPTypes
import Hummingbird
import Logging
import WorkerSupport

/// The outermost layer of every request: its id, errors in one shape, `Connection: close` while draining.
struct RequestFrame<Context: RequestContext>: RouterMiddleware {
    /// The methods that are known at all; a path answers those it does not take with 405.
    static var methods: [HTTPRequest.Method] {
        [.get, .head, .post, .put, .patch, .delete, .options, .trace]
    }

    /// The worker's log.
    let log: WorkerLog

    /// Whether the worker takes no new work any more.
    let isDraining: @Sendable () -> Bool

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let requestID = Self.requestID(of: request)
        var response: Response
        do {
            guard Self.methods.contains(request.method) else { throw APIFailure.unknownMethod }
            response = try await next(request, context)
        } catch {
            let failure = APIFailure.known(error)
            if failure == nil {
                log.operations.error("request \(requestID): \(request.method) \(request.uri.path): \(error)")
            }
            response = (failure ?? .unexpected).response(requestID: requestID)
        }
        if let name = HTTPField.Name("X-Request-Id") { response.headers[name] = requestID }
        if isDraining() { response.headers[.connection] = "close" }
        log.worker.debug("\(request.method) \(request.uri.path) \(response.status.code) request=\(requestID)")
        return response
    }

    /// The caller's id when it is a short token, otherwise a new one.
    static func requestID(of request: Request) -> String {
        if let name = HTTPField.Name("X-Request-Id"), let given = request.headers[name],
            (1...Limits.requestIDBytes).contains(given.utf8.count), given.utf8.allSatisfy(isTokenByte)
        {
            return given
        }
        return RequestIdentifier.new()
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
    /// Sixteen hexadecimal digits at random.
    static func new() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
