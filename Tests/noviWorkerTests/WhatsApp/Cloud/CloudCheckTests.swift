import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// What is asked of Meta and of the public address, and what is said of the answers.
@Suite struct CloudCheckTests {
    private func findings(
        _ reply: MetaStandIn.Reply,
        _ change: (inout CloudSettings) -> Void = { _ in }
    ) async throws -> [ProviderFinding] {
        let fixture = try await CloudFixture(change)
        fixture.meta.replyForNumber(reply)
        let findings = await fixture.provider.check()
        await fixture.close()
        return findings
    }

    private func number(_ quality: String, _ headers: [String: String] = [:]) -> MetaStandIn.Reply {
        .answer(200, #"{"verified_name":"Big Cakes","quality_rating":"\#(quality)"}"#, headers)
    }

    @Test func `a valid number passes, and that the address was not tried is told`() async throws {
        let findings = try await findings(number("GREEN"))
        #expect(findings.map(\.level) == [.pass, .warn])
        #expect(findings[0].text == "token and number \"Big Cakes\" are valid")
        #expect(findings[1].next?.contains("WHATSAPP_PUBLIC_URL") == true)
    }

    @Test func `a number that people complain of is a warning`() async throws {
        #expect(try await findings(number("RED"))[0].level == .warn)
    }

    @Test func `a token that is over fails, and what to set is said`() async throws {
        let findings = try await findings(.error(190, "Error validating access token", status: 401))
        #expect(findings[0].level == .fail && findings[0].text.contains("190"))
        #expect(findings[0].next?.contains("WHATSAPP_TOKEN") == true)
    }

    @Test func `an answer that is none fails`() async throws {
        #expect(try await findings(.answer(200, "<html>"))[0].level == .fail)
    }

    @Test func `Meta out of reach fails with the cause`() async throws {
        let port = try ReservedPort()
        let findings = try await findings(number("GREEN")) { $0.baseURL = "http://127.0.0.1:\(port.port)" }
        #expect(findings[0].level == .fail)
        #expect(findings[0].text.hasPrefix("cannot reach http://127.0.0.1:\(port.port)"))
    }

    @Test func `a clock that is wrong is a warning with the seconds`() async throws {
        let findings = try await findings(number("GREEN", ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"]))
        let clock = try #require(findings.first { $0.text.hasPrefix("the clock differs") })
        #expect(clock.level == .warn && clock.next?.contains("NTP") == true)
    }

    @Test func `an address that nobody answers at fails`() async throws {
        let port = try ReservedPort()
        let findings = try await findings(number("GREEN")) {
            $0.publicURL = "http://127.0.0.1:\(port.port)/webhooks/whatsapp"
        }
        let address = try #require(findings.last)
        #expect(address.level == .fail && address.text.contains("cannot be reached"))
    }

    @Test func `an address where somebody else answers fails`() async throws {
        let fixture = try await CloudFixture()
        let stranger = fixture.meta.baseURL
        let findings = try await findings(number("GREEN")) { $0.publicURL = "\(stranger)/webhooks/whatsapp" }
        #expect(findings.last?.level == .fail)
        #expect(findings.last?.text.contains("Meta's question is answered with HTTP") == true)
        #expect(findings.allSatisfy { !$0.text.contains("ours") && !$0.text.contains(MetaStandIn.token) })
        await fixture.close()
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 26 Nov 2026 05:24:13 GMT", 1_795_670_653),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("", nil), ("Sun, 06 Nov 1994 08:49:37 UTC", nil),
            ("Sun, 99 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 GMT ", nil),
        ] as [(String, Int64?)]
    )
    func `HTTP's time is read in the one form that is sent`(text: String, seconds: Int64?) {
        #expect(HTTPDate.seconds(text) == seconds)
    }
}
