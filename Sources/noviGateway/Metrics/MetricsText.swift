/// Writes metrics in one of the two text formats that Prometheus reads.
///
/// OpenMetrics 1.0 (openmetrics.io, "Text format") and Prometheus 0.0.4 differ in how a counter's family is called, in the units
/// and in the end mark.
struct MetricsText {
    /// The format.
    enum Format: Sendable {
        case openMetrics
        case prometheus

        /// The better one that the caller takes.
        ///
        /// - Parameter accept: The `Accept` header. Weights are not looked at: who names OpenMetrics at all can read it.
        init(accept: String?) {
            self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
        }

        /// The `Content-Type` of the text.
        var contentType: String {
            switch self {
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            }
        }
    }

    /// What kind of figure a family holds.
    enum Kind: String, Sendable {
        case gauge
        case counter
        case info
    }

    /// A family's name and meaning.
    struct Family: Sendable, Equatable {
        /// The name, without the `_total` of a counter or the `_info` of an info.
        var name: String
        /// The kind.
        var kind: Kind
        /// The unit, which is the end of the name; `nil` for plain numbers.
        var unit: String?
        /// What it tells, in one sentence.
        var help: String

        /// The name of its samples.
        var sampleName: String {
            switch kind {
            case .gauge: name
            case .counter: "\(name)_total"
            case .info: "\(name)_info"
            }
        }
    }

    /// The labels of a sample, in order.
    typealias Labels = [(name: String, value: String)]

    private let format: Format
    private(set) var bytes: [UInt8] = []

    /// Makes an empty text.
    init(_ format: Format) {
        self.format = format
        bytes.reserveCapacity(64 << 10)
    }

    /// Writes a family with its samples; none without samples.
    mutating func write(_ family: Family, _ samples: [(labels: Labels, value: Double)]) {
        guard !samples.isEmpty else { return }
        let name: String
        let kind: String
        switch format {
        case .openMetrics: (name, kind) = (family.name, family.kind.rawValue)
        // The older format calls a counter as its samples are, and knows no info.
        case .prometheus: (name, kind) = (family.sampleName, family.kind == .counter ? "counter" : "gauge")
        }
        append("# HELP \(name) \(family.help)\n# TYPE \(name) \(kind)\n")
        if format == .openMetrics, let unit = family.unit { append("# UNIT \(name) \(unit)\n") }
        for sample in samples {
            append(family.sampleName)
            write(sample.labels)
            append(" \(Self.text(of: sample.value))\n")
        }
    }

    /// Ends the text.
    mutating func finish() {
        if format == .openMetrics { append("# EOF\n") }
    }

    private mutating func write(_ labels: Labels) {
        guard !labels.isEmpty else { return }
        var separator = "{"
        for label in labels {
            append("\(separator)\(label.name)=\"")
            for byte in label.value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
                case 0x0A: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
                default: bytes.append(byte)
                }
            }
            append("\"")
            separator = ","
        }
        append("}")
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\(value)"
    }
}
