import Shared
import Testing

@testable import noviWorker

@Suite struct HealthDetailTests {
    @Test func `administrators see memory, pool, queues, versions and flags`() async throws {
        let fixture = try await APIFixture(["ENABLE_ANALYTICS": "true", "ENABLE_TRACKING": "yes"])
        let admin = try await fixture.signedIn(.admin)
        let detail = try await admin.get("/health/detail")
        #expect(detail.status == 200, "\(detail)")
        #expect((detail["memory"]?["rss_bytes"]?.integerValue ?? 0) > 1 << 20)
        #expect(detail["pool"]?["waiting"]?.integerValue == 0)
        #expect(detail["queues"] == ["outbound": 0, "inbound": 0])
        #expect(detail["versions"]?["novi"]?.stringValue == NoviWorker.version)
        #expect(detail["versions"]?["database"]?.stringValue?.isEmpty == false)
        #expect(
            detail["flags"] == [
                "newOrderParser": false, "advancedAnalytics": true, "realTimeTracking": false,
            ]
        )
        #expect(detail["state"]?.stringValue == "ready")
        #expect(try await fixture.anonymous.get("/health/detail").status == 401)
    }
}
