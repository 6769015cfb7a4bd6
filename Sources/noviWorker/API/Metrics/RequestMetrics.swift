import CoreMetrics
import HTTPTypes
import Metrics
import Shared
import Synchronization

/// What the API counts about its requests, for `/metrics`, for the supervisor and for `/health/detail`.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private let registry: PrometheusRegistry
    private let window = Mutex(RequestWindow())
    private let counters = Mutex([Key: Counter]())
    private let timers = Mutex([String: Metrics.Timer]())
    private let begin = ContinuousClock.now

    /// Makes the counts of a registry.
    init(_ registry: PrometheusRegistry) {
        self.registry = registry
        registry.describe("novi_http_requests_total", .counter, "Requests by method, route and status.")
        registry.describe("novi_http_request_seconds", .histogram, "How long requests took, by route.")
    }

    /// Counts a request.
    ///
    /// - Parameters:
    ///   - method: Its method.
    ///   - route: The path's template, never the path: a stranger must not fill the memory with names.
    ///   - status: What was answered.
    ///   - duration: How long it took.
    func record(_ method: HTTPRequest.Method, route: String, status: HTTPResponse.Status, duration: Duration)
    {
        let key = Key(method: method.rawValue, route: route, status: status.code)
        let counter = counters.withLock { counters in
            if let counter = counters[key] { return counter }
            let counter = Counter(
                label: "novi_http_requests_total",
                dimensions: [("method", key.method), ("route", route), ("status", "\(status.code)")],
                factory: registry
            )
            counters[key] = counter
            return counter
        }
        counter.increment()
        let timer = timers.withLock { timers in
            if let timer = timers[route] { return timer }
            let timer = Metrics.Timer(
                label: "novi_http_request_seconds",
                dimensions: [("route", route)],
                factory: registry
            )
            timers[route] = timer
            return timer
        }
        timer.recordNanoseconds(duration.wholeNanoseconds)
        guard !Self.isQuestionAboutUs(route) else { return }
        let now = (ContinuousClock.now - begin).components.seconds
        let seconds = Double(duration.wholeNanoseconds) / 1e9
        // A method that nobody knows is answered 501, and is still the caller's fault.
        let isFailure = status.code >= 500 && status != .notImplemented
        window.withLock { $0.record(seconds: seconds, isFailure: isFailure, at: now) }
    }

    /// Whether a route tells how we are: "the database is down" is then the right answer, and probes are not what people do.
    private static func isQuestionAboutUs(_ route: String) -> Bool {
        route.hasPrefix("/health") || route == "/metrics"
    }

    /// The last minute, without the questions about our health.
    var figures: RequestWindow.Figures {
        let now = (ContinuousClock.now - begin).components.seconds
        return window.withLock { $0.figures(at: now) }
    }
}

extension RequestWindow.Figures {
    /// As the supervisor and the health detail are told.
    var json: JSONObject {
        func milliseconds(_ seconds: Double) -> JSONValue { .number((seconds * 100_000).rounded() / 100) }
        return [
            "requests_per_second": .number((rate * 100).rounded() / 100),
            "error_rate": .number((errorRate * 10_000).rounded() / 10_000),
            "p50_ms": milliseconds(p50), "p95_ms": milliseconds(p95), "p99_ms": milliseconds(p99),
        ]
    }
}
