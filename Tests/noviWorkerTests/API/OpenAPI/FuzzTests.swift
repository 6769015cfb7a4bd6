import Glibc
import Shared
import Testing

@testable import noviWorker

@Suite struct FuzzTests {
    /// A few requests for each route in every run; `NOVI_FUZZ_REQUESTS=20000` for so many in all.
    @Test func `generated requests never get a 5xx or an answer that is not described`() async throws {
        guard let python = try await TestPython.path(with: "schemathesis") else {
            print("skipped: there is no Python with schemathesis (NOVI_TEST_PYTHON; scripts/setup.sh)")
            return
        }
        let wanted = getenv("NOVI_FUZZ_REQUESTS").flatMap { Int(String(cString: $0)) } ?? 0
        // Generated passwords cost a hash each: cheap requests only are left to the limits of every route.
        let fixture = try await APIFixture(["NOVI_LOGIN_LIMIT": "10000"])
        let root = try await fixture.signedIn(.superAdmin)
        let business = try await fixture.business(of: root)
        for _ in 0..<3 { #expect(try await fixture.order(of: root, in: business).status == 201) }
        let log = "\(fixture.worker.scratch.path)/fuzz.log"
        let run = try RunningProgram(
            [
                python, TestPython.script("fuzz.py"), "http://127.0.0.1:\(fixture.listener.port)",
                root.cookie ?? "",
                wanted > 0 ? "40" : "5", "\(wanted)",
            ],
            logPath: log
        )
        let code = try await run.waitForExit(within: .seconds(wanted > 0 ? 7200 : 1200))
        #expect(
            code == 0,
            "\(text(of: log).suffix(12_000))\n\(fixture.log.split(separator: "\n").filter { $0.hasPrefix("<3>") }.suffix(20))"
        )
        print(text(of: log).split(separator: "\n").map(String.init).last ?? "no output")
        #expect(fixture.api.isRunning)
        #expect(try await get("/health/ready", port: fixture.listener.port).status == 200)
    }
}
