import Shared

/// A request or a query that a line tells the duration of.
public struct RequestTiming: Hashable, Sendable {
    /// What was asked: `GET /orders/#`, or a statement.
    public var request: String
    /// How long it took, in milliseconds.
    public var milliseconds: Double

    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    private static let millisecondKeys = [
        "duration_ms", "durationMs", "response_time_ms", "responseTime", "response_time", "elapsed_ms",
        "elapsedMs",
        "took_ms", "latency_ms", "latencyMs", "time_ms", "ms",
    ]
    private static let pathKeys = ["path", "url", "uri", "route"]

    /// What a line tells; `nil` when it is about no request.
    ///
    /// Understood are JSON records with a duration and a path, access logs such as morgan's (`GET /orders/7 200 12.3 ms`), pairs
    /// (`method=GET path=/orders duration=12ms`) and PostgreSQL's `duration: 12.3 ms  statement: …`.
    public init?(_ line: ArraySlice<UInt8>) {
        if line.first == UInt8(ascii: "{"), line.count <= 64 << 10 {
            guard let record = try? JSONValue(parsing: Array(line)), let found = Self.timing(of: record)
            else {
                return nil
            }
            self = found
            return
        }
        guard let request = Self.request(in: line), let time = Self.duration(in: line) else { return nil }
        self.request = request
        milliseconds = time
    }

    private init(request: String, milliseconds: Double) {
        self.request = request
        self.milliseconds = milliseconds
    }

    private static func timing(of record: JSONValue) -> RequestTiming? {
        let inner = record["req"] ?? record["request"] ?? record
        let method = inner["method"]?.stringValue ?? record["method"]?.stringValue
        let path = pathKeys.lazy.compactMap { inner[$0]?.stringValue ?? record[$0]?.stringValue }.first
        let message = (record["message"] ?? record["msg"])?.stringValue.map { Array($0.utf8)[...] }
        guard
            let request = path.map({ name(method, Array($0.utf8)[...]) })
                ?? message.flatMap({ Self.request(in: $0) }),
            let time = millisecondKeys.lazy.compactMap({ record[$0]?.numberValue }).first
                ?? record["duration"]?.numberValue ?? message.flatMap({ duration(in: $0) })
        else { return nil }
        return RequestTiming(request: request, milliseconds: time)
    }

    private static func name(_ method: String?, _ path: ArraySlice<UInt8>) -> String {
        let plain = path.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        return (method.map { "\($0) " } ?? "") + MessagePattern.normalized(plain)
    }

    private static func request(in line: ArraySlice<UInt8>) -> String? {
        for method in methods {
            guard let start = ByteText.find(method + " ", in: line, atWordStart: true) else { continue }
            let path = line[start...].dropFirst(method.utf8.count + 1)
                .prefix { $0 > 0x20 && $0 != UInt8(ascii: "\"") }
            if path.first == UInt8(ascii: "/") || path.starts(with: Array("http".utf8)) {
                return name(method, path)
            }
        }
        if let path = MessagePattern.pair(pathKeys.map { $0 + "=" }, in: line) {
            let method = MessagePattern.pair(["method="], in: line).map {
                String(decoding: $0, as: UTF8.self)
            }
            return name(method, path)
        }
        guard let start = ByteText.find("statement: ", in: line, atWordStart: true) else { return nil }
        return MessagePattern.normalized(line[start...].dropFirst(11))
    }

    /// The first number with a unit of time behind it.
    private static func duration(in line: ArraySlice<UInt8>) -> Double? {
        var index = line.startIndex
        while let start = line[index...].firstIndex(where: { ASCII.isDigit($0) }) {
            let digits = line[start...].prefix { ASCII.isDigit($0) || $0 == UInt8(ascii: ".") }
            index = digits.endIndex
            let isWordStart = start == line.startIndex || !ASCII.isWordByte(line[start - 1])
            var rest = line[index...]
            if rest.first == 0x20 { rest = rest.dropFirst() }
            let unit = rest.prefix { ASCII.isWordByte($0) || $0 >= 0x80 }
            guard isWordStart, let scale = scale(of: unit),
                let number = Double(String(decoding: digits, as: UTF8.self))
            else { continue }
            return number * scale
        }
        return nil
    }

    private static func scale(of unit: ArraySlice<UInt8>) -> Double? {
        switch String(decoding: unit, as: UTF8.self) {
        case "ms", "msec": 1
        case "s", "sec", "seconds": 1000
        case "us", "µs": 0.001
        default: nil
        }
    }
}

/// The slowest requests and where time goes, in bounded memory.
public struct RequestTimings: Sendable {
    /// One request.
    public struct Slow: Hashable, Sendable {
        /// What it was and how long it took.
        public var timing: RequestTiming
        /// When it was told, in nanoseconds since 1970.
        public var time: Int64
        /// By which app.
        public var app: String
    }

    /// All requests of one kind.
    public struct Kind: Hashable, Sendable {
        /// What was asked.
        public var request: String
        /// How often.
        public var count: Int
        /// How long in all, in milliseconds.
        public var totalMilliseconds: Double
        /// The longest of them, in milliseconds.
        public var longestMilliseconds: Double
    }

    private static let kindCapacity = 1000
    private let slowCapacity: Int
    /// The slowest ones, the slowest first; of equally slow ones the earlier.
    public private(set) var slowest: [Slow] = []
    private var kinds: [String: Kind] = [:]
    /// How many requests there were.
    public private(set) var count = 0
    /// Requests of kinds that came when too many were remembered.
    public private(set) var uncounted = 0

    /// Makes an empty table.
    public init(slowest: Int = 10) {
        slowCapacity = slowest
    }

    /// Takes one in.
    public mutating func add(_ timing: RequestTiming, app: String, at time: Int64) {
        count += 1
        let place = slowest.firstIndex { $0.timing.milliseconds < timing.milliseconds } ?? slowest.count
        if place < slowCapacity {
            slowest.insert(Slow(timing: timing, time: time, app: app), at: place)
            if slowest.count > slowCapacity { slowest.removeLast() }
        }
        if kinds[timing.request] == nil, kinds.count >= Self.kindCapacity {
            uncounted += 1
            return
        }
        var kind =
            kinds[timing.request]
            ?? Kind(request: timing.request, count: 0, totalMilliseconds: 0, longestMilliseconds: 0)
        kind.count += 1
        kind.totalMilliseconds += timing.milliseconds
        kind.longestMilliseconds = max(kind.longestMilliseconds, timing.milliseconds)
        kinds[timing.request] = kind
    }

    /// The kinds that took most time in all.
    public func heaviest(_ count: Int) -> [Kind] {
        let sorted = kinds.values.sorted {
            ($1.totalMilliseconds, $0.request) < ($0.totalMilliseconds, $1.request)
        }
        return Array(sorted.prefix(count))
    }
}
