import CoreMetrics
import Synchronization

/// Keeps the process's metrics (swift-metrics) and writes them in Prometheus's text format, version 0.0.4.
///
/// Labels come from fixed sets (routes, methods, statuses); still the number of series is bounded, and what is beyond is not kept.
final class PrometheusRegistry: MetricsFactory {
    /// The kinds of the text format.
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    private struct Family {
        let kind: Kind
        var help: String
        var series: [[Label]: Series] = [:]
    }

    struct Label: Hashable {
        let name: String
        let value: String
    }

    private struct State {
        var families: [String: Family] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    private static let maximumSeries = 5000

    /// The metric of a name and labels, made at its first use.
    fileprivate func series(_ name: String, _ dimensions: [(String, String)], _ kind: Kind) -> Series {
        let labels = dimensions.map { Label(name: Self.name($0.0), value: $0.1) }
        let name = Self.name(name)
        return state.withLock { state in
            if let series = state.families[name]?.series[labels] { return series }
            let series = Series(isHistogram: kind == .histogram)
            guard state.count < Self.maximumSeries else { return series }
            state.families[name, default: Family(kind: kind, help: "")].series[labels] = series
            state.count += 1
            return series
        }
    }

    /// Says what a metric means.
    func describe(_ name: String, _ kind: Kind, _ help: String) {
        state.withLock { $0.families[name, default: Family(kind: kind, help: help)].help = help }
    }

    /// Sets a counter that somebody else counts, such as the kernel.
    func set(counter name: String, to value: Double) {
        series(name, [], .counter).set(value)
    }

    /// All metrics as text.
    func text() -> String {
        let families = state.withLock { $0.families }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            if !family.help.isEmpty { text += "# HELP \(name) \(Self.escapedHelp(family.help))\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            let series = family.series.map { (Self.text($0.key), $0.value) }.sorted { $0.0 < $1.0 }
            for (labels, series) in series { series.write(name, labels, into: &text) }
        }
        return text
    }

    // MARK: - MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter)
    }

    func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        series(label, dimensions, aggregate ? .histogram : .gauge)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram)
    }

    // The series stay: a counter that vanishes and comes back would look like a restart.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: - Text

    private static func text(_ labels: [Label]) -> String {
        labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    private static func escapedHelp(_ help: String) -> String {
        help.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ")
    }

    /// The text as a metric's name: letters, digits and underscores.
    private static func name(_ text: String) -> String {
        let name = text.unicodeScalars.map { scalar -> Character in
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || scalar == "_" || scalar == ":" ? Character(scalar) : "_"
        }
        return String(name)
    }
}

/// One metric with one set of labels, of any kind.
final class Series: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private struct State {
        var value = 0.0
        var histogram: Histogram?
    }

    private let state: Mutex<State>

    fileprivate init(isHistogram: Bool) {
        state = Mutex(State(histogram: isHistogram ? Histogram() : nil))
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { state.withLock { $0.value += amount } }
    func decrement(by amount: Double) { state.withLock { $0.value -= amount } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0.value = value } }
    func reset() { state.withLock { $0.value = 0 } }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            state.histogram?.record(value)
            state.value = value
        }
    }

    /// Times are kept in seconds, as Prometheus wants them.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    fileprivate func write(_ name: String, _ labels: String, into text: inout String) {
        let (value, histogram) = state.withLock { ($0.value, $0.histogram) }
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        guard let histogram else {
            text += "\(name)\(braces) \(Self.number(value))\n"
            return
        }
        let separator = labels.isEmpty ? "" : ","
        var sum: UInt64 = 0
        for (bound, count) in zip(Histogram.bounds, histogram.counts) {
            sum += count
            text += "\(name)_bucket{\(labels)\(separator)le=\"\(Self.number(bound))\"} \(sum)\n"
        }
        text += "\(name)_bucket{\(labels)\(separator)le=\"+Inf\"} \(histogram.count)\n"
        text += "\(name)_sum\(braces) \(Self.number(histogram.sum))\n"
        text += "\(name)_count\(braces) \(histogram.count)\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }
}
