import CoreMetrics
import Testing

@testable import noviWorker

@Suite struct MetricsTests {
    @Test func `percentiles lie within their bucket`() {
        var histogram = Histogram()
        for milliseconds in 1...1000 { histogram.record(Double(milliseconds) / 1000) }
        #expect((0.45...0.55).contains(histogram.percentile(0.5)))
        #expect((0.94...0.96).contains(histogram.percentile(0.95)))
        #expect((0.98...1.0).contains(histogram.percentile(0.99)))
        #expect(histogram.percentile(1) == 1)
        #expect(Histogram().percentile(0.5) == 0)
    }

    @Test func `a value beyond all bounds counts with its own size`() {
        var histogram = Histogram()
        histogram.record(60)
        #expect(histogram.percentile(0.99) > 10)
        #expect(histogram.percentile(1) == 60)
    }

    @Test func `figures are those of the last minute`() {
        var window = RequestWindow()
        for second in 0..<120 as Range<Int64> {
            for _ in 0..<10 { window.record(seconds: 0.01, isFailure: second >= 114, at: second) }
        }
        let figures = window.figures(at: 119)
        #expect(figures.rate == 10)
        #expect((0.09...0.11).contains(figures.errorRate))
        #expect((0.007...0.01).contains(figures.p99))
        #expect(window.figures(at: 500).rate == 0)
    }

    @Test func `metrics are written as Prometheus reads them`() {
        let registry = PrometheusRegistry()
        registry.describe("requests_total", .counter, "All\nrequests.")
        Counter(label: "requests_total", dimensions: [("path", "a\"b\\c\nd")], factory: registry).increment(
            by: 3
        )
        Gauge(label: "depth", factory: registry).record(1.5)
        Timer(label: "seconds", factory: registry).recordMilliseconds(20)
        let text = registry.text()
        #expect(text.contains("# HELP requests_total All requests.\n# TYPE requests_total counter\n"))
        #expect(text.contains(#"requests_total{path="a\"b\\c\nd"} 3"# + "\n"))
        #expect(text.contains("# TYPE depth gauge\ndepth 1.5\n"))
        #expect(text.contains("seconds_bucket{le=\"0.015\"} 0\n"))
        #expect(text.contains("seconds_bucket{le=\"0.025\"} 1\n"))
        #expect(text.contains("seconds_bucket{le=\"+Inf\"} 1\nseconds_sum 0.02\nseconds_count 1\n"))
    }

    @Test func `the number of series is bounded`() {
        let registry = PrometheusRegistry()
        for number in 0..<6000 {
            Counter(label: "c", dimensions: [("n", "\(number)")], factory: registry).increment()
        }
        #expect(registry.text().split(separator: "\n").count == 5001)
    }
}
