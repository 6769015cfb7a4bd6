import HTTPTypes
import Hummingbird
import NIOCore
import Observation
import Shared

/// What everybody who may read can ask: state, history, events, metrics.
struct ReadRoutes: Sendable {
    let collector: Collector
    let history: HistoryKeeper
    let hub: StreamHub
    let access: Access

    /// Adds the routes.
    func add(to router: Router<GatewayContext>) {
        router.get("/metrics") { request, _ in
            try access.checkReading(request.headers)
            return await metrics(request)
        }
        router.get("/api/state") { request, _ in
            try access.checkReading(request.headers)
            await collector.freshen()
            return Response.json(await collector.state.json)
        }
        router.get("/api/events") { request, _ in
            try access.checkReading(request.headers)
            return try await events(request)
        }
        router.get("/api/history") { request, _ in
            try access.checkReading(request.headers)
            return try await series(request)
        }
        router.get("/api/ends") { request, _ in
            try access.checkReading(request.headers)
            return try await ends(request)
        }
    }

    private func metrics(_ request: Request) async -> Response {
        await collector.noteScrape()
        await collector.freshen()
        let metrics = GatewayMetrics(
            state: await collector.state,
            eventCounts: await collector.events.counts,
            streams: hub.count,
            droppedStreams: hub.dropped
        )
        let format = MetricsText.Format(accept: request.headers[.accept])
        return Response(
            status: .ok,
            headers: [.contentType: format.contentType, .cacheControl: "no-store", .vary: "Accept"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: metrics.text(format)))
        )
    }

    private func events(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let last = try Self.number(query["last"], "last", in: 1...Limits.events) ?? 100
        let process = query["process"].map { String($0) }
        let events = await collector.events.last(last, of: process)
        return .json(["events": .array(events.map { .object($0) })])
    }

    private func ends(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        guard let process = query["process"].map({ String($0) }) else {
            throw GatewayFailure.badRequest("process is missing")
        }
        let last = try Self.number(query["last"], "last", in: 1...Limits.ends) ?? Limits.ends
        let reading = EndReading(collector: collector, history: history)
        return .json(await reading.json(of: process, last: last))
    }

    private func series(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let word = query["range"].map { String($0) } ?? "1h"
        guard let range = SeriesRange(rawValue: word) else {
            let known = SeriesRange.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatewayFailure.badRequest("range is none of \(known)")
        }
        let metrics: [HistoryMetric]
        switch query["metric"].map({ String($0) }) {
        case nil, "all": metrics = HistoryMetric.allCases
        case let name?:
            guard let metric = HistoryMetric(rawValue: name) else {
                let known = HistoryMetric.allCases.map(\.rawValue).joined(separator: ", ")
                throw GatewayFailure.badRequest("metric is none of all, \(known)")
            }
            metrics = [metric]
        }
        let recent = await collector.recent
        let end = await collector.state.time / 1_000_000_000
        let processes: [String]
        if let process = query["process"].map({ String($0) }) {
            processes = [process]
        } else {
            guard range == .fiveMinutes else {
                throw GatewayFailure.badRequest(
                    "process is missing; all processes are told for range=5m only"
                )
            }
            processes = recent.processes
        }
        let most = query["process"] == nil ? Limits.smallSeriesPoints : Limits.seriesPoints
        var series = JSONObject()
        for process in processes {
            var lines = JSONObject()
            for metric in metrics {
                let points =
                    Self.joined(
                        await history.series(metric, process: process, range: range, end: end),
                        recent.series(metric, process: process, since: end - range.seconds)
                    )
                guard !points.isEmpty else { continue }
                lines.append(
                    metric.rawValue,
                    Self.json(Self.thinned(points, to: most, over: range.seconds))
                )
            }
            series.append(process, .object(lines))
        }
        return .json([
            "range": .string(range.rawValue), "from": .integer(end - range.seconds), "to": .integer(end),
            "series": .object(series),
        ])
    }

    /// What is kept on disk, and behind it what only the memory knows yet.
    static func joined(_ kept: [HistoryPoint], _ recent: [HistoryPoint]) -> [HistoryPoint] {
        guard let last = kept.last?.time else { return recent }
        return kept + recent.drop { $0.time <= last }
    }

    /// At most so many points over a time: averages of averages, highest of highest.
    static func thinned(_ points: [HistoryPoint], to most: Int, over seconds: Int64) -> [HistoryPoint] {
        guard points.count > most else { return points }
        let width = max(1, (seconds + Int64(most) - 1) / Int64(most))
        var result: [HistoryPoint] = []
        var count = 0.0
        for point in points {
            let time = point.time - (point.time % width)
            if let last = result.last, last.time == time {
                count += 1
                result[result.count - 1].average += (point.average - last.average) / count
                result[result.count - 1].maximum = max(last.maximum, point.maximum)
            } else {
                result.append(HistoryPoint(time: time, average: point.average, maximum: point.maximum))
                count = 1
            }
        }
        return result
    }

    /// Points as `[time, average]`, with the maximum where it differs.
    static func json(_ points: [HistoryPoint]) -> JSONValue {
        .array(
            points.map { point in
                let average = JSONValue.rounded(point.average, 2)
                guard point.maximum != point.average else { return .array([.integer(point.time), average]) }
                return .array([.integer(point.time), average, .rounded(point.maximum, 2)])
            }
        )
    }

    /// The number in a parameter; `nil` when it is missing.
    static func number(
        _ text: Substring?,
        _ name: String,
        in range: ClosedRange<Int>
    ) throws(GatewayFailure) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .badRequest("\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
