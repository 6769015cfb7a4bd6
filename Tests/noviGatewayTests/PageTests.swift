import Foundation
import Shared
import Testing

@testable import noviGateway

@Suite struct PageTests {
    @Test func `the page in the program is the files, byte for byte, and small`() throws {
        let folder = "\(checkout)/Sources/noviGateway/Page"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(EmbeddedPage.files.map(\.name) == names)
        for file in EmbeddedPage.files {
            let text = try String(contentsOfFile: "\(folder)/\(file.name)", encoding: .utf8)
            #expect(file.text == text, "run scripts/embed-page.sh: \(file.name) differs")
        }
        // As a browser gets it, which compresses.
        let bytes = EmbeddedPage.files.reduce(0) { $0 + (GzipText.compressed($1.text)?.count ?? 1 << 20) }
        #expect(bytes < 30_000, "\(bytes) bytes")
    }

    @Test func `nothing in the page comes from elsewhere or stands inline`() {
        for file in EmbeddedPage.files {
            for word in ["http://", "https://", "style=\"", "onclick=\"", "innerHTML", "eval("] {
                let text = file.text.replacing("http://www.w3.org/", with: "")
                #expect(!text.contains(word), "\(file.name): \(word)")
            }
        }
    }

    @Test func `the page works in a browser`() async throws {
        guard let python = try await python(with: nil) ?? ["/usr/bin/python3"].first,
            FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")
        else {
            print("skipped: there is no chromium (scripts/setup.sh)")
            return
        }
        let operatorToken = "operator-0123456789"
        let gateway = try await GatewayProgram(["NOVI_GATEWAY_OPERATOR_TOKEN": operatorToken])
        let out = try gateway.scratch.file("api-out.log", "listening\nwarning: slow\n")
        gateway.supervisor.set(logFiles: [
            ["process": "api", "id": 0, "namespace": "novi", "output": .string(out), "level_rules": []]
        ])
        gateway.supervisor.tell(
            FakeSupervisor.event(
                "exited",
                of: "api",
                secondsAgo: 40,
                "killed by SIGSEGV after 20 s",
                [
                    "signal": "SIGSEGV", "cause_kind": "itself", "uptime_ms": 20_000,
                ]
            )
        )
        gateway.supervisor.tell(
            FakeSupervisor.event(
                "launched",
                of: "api",
                secondsAgo: 39.9,
                "started with pid 100",
                [
                    "reason": "restart after SIGSEGV", "reason_kind": "run_ended",
                ]
            )
        )
        let script = "\(checkout)/Tests/Support/gateway/check_page.py"
        let shots = ProcessInfo.processInfo.environment["NOVI_SHOTS"]
        let (code, output) = try await runToEnd(
            python,
            [script, "http://127.0.0.1:\(gateway.port)/", operatorToken] + (shots.map { [$0] } ?? [])
        )
        #expect(code == 0, "\(output)")
        #expect(gateway.supervisor.calls.contains("change api:0"))
    }
}
