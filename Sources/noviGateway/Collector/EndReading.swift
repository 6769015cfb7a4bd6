import Observation
import Shared
import SupervisorClient

/// What a process took before each of its last ends: a leak and a spike look different.
struct EndReading: Sendable {
    let collector: Collector
    let history: HistoryKeeper

    /// A curve as long as its resolution allows.
    private struct Window {
        var resolution: HistoryResolution
        var seconds: Int64
    }

    /// The answer of `/api/ends`: the oldest end first.
    ///
    /// - Parameters:
    ///   - process: The process.
    ///   - count: How many of its last ends.
    /// - Returns: The process and its ends.
    func json(of process: String, last count: Int) async -> JSONObject {
        let now = await collector.state.time
        let recent = await collector.recent
        let events = await collector.events.last(Limits.events, of: process)
        let ends = events.indices.filter { Self.isEnd(events[$0]) }.suffix(count)
        var result: [JSONValue] = []
        for index in ends {
            guard let time = Self.nanoseconds(events[index]) else { continue }
            let end = time / 1_000_000_000
            let window = Self.window(of: end, at: now / 1_000_000_000)
            // What an earlier run took is not this one's.
            let begin = events[..<index].last { Self.isBegin($0) }.flatMap { Self.nanoseconds($0) }
            let from = max(end - window.seconds, begin.map { $0 / 1_000_000_000 } ?? .min)
            var curves = JSONObject()
            for metric in [HistoryMetric.memory, .heap] {
                let kept = await history.series(
                    metric,
                    process: process,
                    window.resolution,
                    from: from,
                    to: end
                )
                let own = recent.series(metric, process: process, since: from).filter { $0.time <= end }
                let points = ReadRoutes.thinned(
                    ReadRoutes.joined(kept, own),
                    to: Limits.endPoints,
                    over: window.seconds
                )
                if !points.isEmpty { curves.append(metric.rawValue, ReadRoutes.json(points)) }
            }
            result.append([
                "time": events[index]["time"] ?? .null, "event": events[index]["event"] ?? .null,
                "message": events[index]["message"] ?? .null, "fields": events[index]["fields"] ?? .null,
                "from": .integer(from), "to": .integer(end), "curves": .object(curves),
            ])
        }
        return ["process": .string(process), "ends": .array(result)]
    }

    private static func isEnd(_ event: JSONObject) -> Bool {
        ["exited", "found_ended"].contains(event["event"]?.stringValue)
    }

    private static func isBegin(_ event: JSONObject) -> Bool { event["event"]?.stringValue == "launched" }

    private static func nanoseconds(_ event: JSONObject) -> Int64? {
        event["time"]?.stringValue.flatMap { MomentText.nanoseconds($0, now: 0) }
    }

    /// Ten minutes by the second while they are kept, else three hours by the minute.
    private static func window(of end: Int64, at now: Int64) -> Window {
        let isFine = now - end < Int64(HistoryResolution.second.slots) - 600
        return isFine
            ? Window(resolution: .second, seconds: 600) : Window(resolution: .minute, seconds: 10_800)
    }
}
