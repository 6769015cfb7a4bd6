import Postgres
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct DatabaseConfigurationTests {
    private func configuration(_ variables: [String: String]) -> (DatabaseConfiguration, [String]) {
        var reader = VariableReader(variables.merging(["HOME": "/h"]) { own, _ in own })
        let environment = WorkerEnvironment(&reader, app: "api")
        let configuration = DatabaseConfiguration(&reader, environment: environment)
        return (configuration, reader.problems)
    }

    @Test func `DATABASE_URL wins, and its password is never told`() {
        let (right, none) = configuration(["DATABASE_URL": "postgresql://ann:secret@db.example:6000/shop"])
        #expect(right.settings.address.description == "shop on db.example")
        #expect(none.isEmpty)
        let (_, problems) = configuration(["DATABASE_URL": "http://ann:secret@db"])
        #expect(problems.count == 1)
        #expect(!problems.joined().contains("secret"))
    }

    @Test func `without a URL it is the supervisor's own database of the environment`() {
        let (staging, problems) = configuration(["NOVI_ENV": "staging", "NOVI_RUN_DIRECTORY": "/run/novi"])
        #expect(staging.settings.address.description == "novi_staging on /run/novi/apps/database-0")
        #expect(staging.settings.applicationName == "novi-api")
        #expect(problems.isEmpty)
    }

    @Test func `the documented limits hold unless variables say otherwise, and all mistakes are told`() {
        let (usual, _) = configuration([:])
        #expect(usual.limits.minimum == 2)
        #expect(usual.limits.maximum == 10)
        #expect(usual.limits.acquireTimeout == .seconds(30))
        #expect(usual.limits.idleTimeout == .seconds(30))
        #expect(usual.limits.reapInterval == .seconds(1))
        #expect(usual.limits.createRetry == .milliseconds(100))
        #expect(usual.settings.createTimeout == .seconds(30))
        let (production, _) = configuration(["NOVI_ENV": "production"])
        #expect(production.settings.statementTimeout == .seconds(10))
        let (own, none) = configuration([
            "DATABASE_POOL_MAX": "1", "DATABASE_POOL_MIN": "0", "DATABASE_LOCK_TIMEOUT": "7",
        ])
        #expect(own.limits.maximum == 1)
        #expect(own.settings.lockTimeout == .milliseconds(7))
        #expect(none.isEmpty)
        let (_, problems) = configuration(["DATABASE_POOL_MAX": "many", "DATABASE_POOL_MIN": "20"])
        #expect(problems.count == 2)
    }
}
