import Shared
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct PrometheusFormatTests {
    @Test func `the metrics are what Prometheus's own parser understands`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        #expect(try await fixture.order(of: client, in: business).status == 201)
        _ = try await client.get("/api/businesses/\(business)/summary")
        let metrics = try await fixture.anonymous.get("/metrics")
        #expect(metrics.status == 200)
        #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        for line in [
            #"novi_http_requests_total{method="POST",route="/api/businesses/{id}/orders",status="201"} 1"#,
            #"novi_orders_created_total{source="api"} 1"#, "novi_sessions_active 1",
            "novi_cache_misses_total 1",
        ] {
            #expect(metrics.text.contains(line + "\n"), "\(line) is not in \(metrics.text)")
        }
        for name in [
            "novi_db_query_seconds_sum", "novi_db_query_seconds_count", "novi_db_pool_used",
            "novi_db_pool_idle", "novi_db_pool_waiting", "process_resident_memory_bytes",
        ] {
            #expect(metrics.text.contains("\n\(name) "), "\(name)")
        }
        guard let python = try await TestPython.path(with: "prometheus_client") else {
            print("skipped: there is no Python with prometheus_client (NOVI_TEST_PYTHON; scripts/setup.sh)")
            return
        }
        let file = try fixture.worker.scratch.file("metrics", metrics.text)
        let log = "\(fixture.worker.scratch.path)/parse.log"
        let code = try await runToEnd([python, TestPython.script("parse_metrics.py"), file], logPath: log)
        #expect(code == 0, "\(text(of: log))")
    }

    @Test func `from elsewhere the metrics need their token`() async throws {
        let token = "0123456789abcdef0123"
        let fixture = try await APIFixture(["NOVI_METRICS_TOKEN": token])
        let forwarded = ["X-Forwarded-For": "10.0.0.9"]
        #expect(try await fixture.anonymous.get("/metrics", forwarded).status == 401)
        for (given, status) in [("Bearer \(token)", 200), ("Bearer x", 401), (token, 401)] {
            let answer = try await fixture.anonymous.get(
                "/metrics",
                forwarded.merging(["Authorization": given]) { $1 }
            )
            #expect(answer.status == status)
        }
    }

    @Test func `the worker's socket tells rate, errors, percentiles, pool and sessions`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        for _ in 0..<10 { #expect(try await client.get("/auth/me").status == 200) }
        let status = try await fixture.worker.client("api").call(
            "com.novi.Worker.GetStatus",
            timeout: .seconds(30)
        )
        let details = status["details"]
        #expect((details?["requests"]?["requests_per_second"]?.numberValue ?? 0) > 0.1)
        // That the API was not ready at first is no failure of a request.
        #expect(details?["requests"]?["error_rate"]?.numberValue == 0)
        #expect((details?["requests"]?["p99_ms"]?.numberValue ?? 0) > 0)
        #expect(details?["pool"]?["idle"] != nil && details?["sessions"]?.integerValue == 1)
        let cleaned = try await fixture.worker.client("api").call(
            "com.novi.Worker.Cleanup",
            timeout: .seconds(30)
        )
        #expect(cleaned["after"] != nil)
    }
}
