import Crypto
import Postgres
import Shared
import Synchronization
import Testing
import WhatsAppCloud

@testable import WorkerSupport
@testable import noviWorker

/// Webhooks: nothing is read without a signature, nothing is confirmed that is not stored.
@Suite(.timeLimit(.minutes(3))) struct CloudReceiveTests {
    private func signature(_ body: [UInt8]) -> String {
        let key = SymmetricKey(data: Array(CloudFixture.appSecret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: body, using: key)
        return "sha256=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func post(_ fixture: CloudFixture, _ body: [UInt8]) async -> Int {
        await fixture.provider.receive(body: body, signature: signature(body)).status
    }

    private func value(_ members: String) -> [UInt8] {
        Array(
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"106000000000001"},\#(members)}}]}]}"#
                .utf8
        )
    }

    private func text(_ id: String, _ body: String = "hello") -> String {
        #"{"from":"2348030001122","id":"\#(id)","timestamp":"1781080200","type":"text","text":{"body":"\#(body)"}}"#
    }

    @Test(arguments: WebhookSignatureTests.vectors)
    func `the signature is of the raw bytes, and without it nothing is read`(
        body: String,
        code: String
    ) async throws {
        let fixture = try await CloudFixture()
        let bytes = Array(body.utf8)
        let isWhatsApp = body.contains("whatsapp_business_account")
        let good = await fixture.provider.receive(body: bytes, signature: "sha256=\(code)")
        #expect(good.status == (isWhatsApp ? 200 : 400))
        // The same document written differently is another body.
        let spaced = await fixture.provider.receive(body: bytes + [0x20], signature: "sha256=\(code)")
        #expect(spaced.status == 401)
        #expect(await fixture.provider.receive(body: bytes, signature: nil).status == 401)
        #expect(await fixture.provider.receive(body: [0x7B], signature: "sha256=\(code)").status == 401)
        #expect(fixture.intake.attempts == 0)
        await fixture.close()
    }

    @Test func `all messages and statuses of a batch are stored in one step before 200`() async throws {
        let fixture = try await CloudFixture()
        let body = try Fixture.bytes("whatsapp-cloud/batch.json")
        #expect(await post(fixture, body) == 200)
        #expect(fixture.intake.batches.count == 1)
        #expect(fixture.intake.messages.map(\.externalID) == ["wamid.TEST0001", "wamid.B", "wamid.C"])
        #expect(fixture.intake.messages.first?.senderName == "Amara N.")
        #expect(fixture.intake.messages.first?.sentAt?.microseconds == 1_781_080_200_000_000)
        #expect(fixture.intake.statuses.map(\.progress) == [.sent, .delivered])
        await fixture.close()
    }

    @Test func `what cannot be stored is answered 503, and stored when it comes again`() async throws {
        let fixture = try await CloudFixture()
        fixture.intake.fail(2)
        let body = value(#""messages":[\#(text("wamid.A"))]"#)
        #expect(await post(fixture, body) == 503)
        #expect(await post(fixture, body) == 503)
        #expect(await post(fixture, body) == 200)
        #expect(fixture.intake.messages.map(\.externalID) == ["wamid.A"])
        await fixture.close()
    }

    @Test(arguments: ["", "{", "[]", "null", #"{"object":"page","entry":[]}"#, "\u{FEFF}{}"])
    func `a signed body that is no webhook of WhatsApp is answered 400`(body: String) async throws {
        let fixture = try await CloudFixture()
        #expect(await post(fixture, Array(body.utf8)) == 400)
        #expect(fixture.intake.attempts == 0)
        await fixture.close()
    }

    @Test func `a body over 3 MiB is refused before it is signed for`() async throws {
        let fixture = try await CloudFixture()
        let body = [UInt8](repeating: 0x20, count: CloudLimits.webhookBytes + 1)
        #expect(await post(fixture, body) == 413)
        await fixture.close()
    }

    @Test func `every documented shape is answered 200 and stored once at most`() async throws {
        for name in try Fixture.names("whatsapp-cloud", suffix: ".json") {
            let fixture = try await CloudFixture()
            let body = try Fixture.bytes("whatsapp-cloud/\(name)")
            #expect(await post(fixture, body) == 200, "\(name)")
            let expected = try CloudWebhook(body).events.count {
                switch $0 {
                case .message, .status: true
                case .accountError, .personChanged, .other: false
                }
            }
            #expect(fixture.intake.messages.count + fixture.intake.statuses.count == expected, "\(name)")
            #expect(fixture.intake.attempts == (expected == 0 ? 0 : 1), "\(name)")
            await fixture.close()
        }
    }

    @Test func `a status brings our own id, its failure and its reason`() async throws {
        let fixture = try await CloudFixture()
        let status =
            #"{"id":"wamid.X","status":"failed","timestamp":"1781080205","recipient_id":"2348030001122","biz_opaque_callback_data":"outbox:7f3a","errors":[{"code":131047,"title":"Re-engagement message","error_data":{"details":"24 hours"}}]}"#
        #expect(await post(fixture, value(#""statuses":[\#(status)]"#)) == 200)
        let told = try #require(fixture.intake.statuses.first)
        #expect(told.outboxID == "7f3a" && told.progress == .failed && told.errorCode == 131_047)
        #expect(told.errorDetail == "Re-engagement message: 24 hours")
        await fixture.close()
    }

    @Test func `an error of the account ends the link where it means that`() async throws {
        let fixture = try await CloudFixture()
        for (code, expected) in [
            (368, ConnectionMachine.Event.disconnected(.blocked("368 told"))),
            (190, .disconnected(.loggedOut("190 told"))),
        ] {
            #expect(await post(fixture, value(#""errors":[{"code":\#(code),"title":"told"}]"#)) == 200)
            #expect(await fixture.nextEvent() == expected)
        }
        await fixture.close()
    }

    @Test(arguments: ["system-changed-number.json", "system-changed-user-id.json", "user-id-update.json"])
    func `a new phone or id is noted, and told again when that fails`(name: String) async throws {
        let noted = Mutex<[(CloudPerson, CloudPerson)]>([])
        let failures = Mutex(1)
        let fixture = try await CloudFixture(personChanged: { from, to in
            let fails = failures.withLock { left in
                defer { left = 0 }
                return left > 0
            }
            if fails { throw NotedIntake.Refusal() }
            noted.withLock { $0.append((from, to)) }
        })
        let body = try Fixture.bytes("whatsapp-cloud/\(name)")
        #expect(await post(fixture, body) == 503)
        #expect(await post(fixture, body) == 200)
        let changes = noted.withLock { $0 }
        #expect(changes.count == 1 && changes[0].0 != changes[0].1)
        await fixture.close()
    }

    @Test func `what is for another of the account's numbers is left out`() async throws {
        let fixture = try await CloudFixture()
        var body = String(decoding: value(#""messages":[\#(text("wamid.A"))]"#), as: UTF8.self)
        body.replace("106000000000001", with: "106000000000002")
        #expect(await post(fixture, Array(body.utf8)) == 200)
        #expect(fixture.intake.attempts == 0)
        await fixture.close()
    }

    @Test func `what the database could never keep does not come again for days`() async throws {
        let fixture = try await CloudFixture()
        let long = String(repeating: "x", count: 256)
        let far =
            #"{"from":"2348030001122","id":"wamid.FAR","timestamp":"9223372036854775807","type":"text","text":{"body":"x"}}"#
        let messages = [text(long), text(#"a\u0000b"#), text("wamid.OK", #"a\u0000b"#), far]
        #expect(await post(fixture, value(#""messages":[\#(messages.joined(separator: ","))]"#)) == 200)
        #expect(fixture.intake.messages.map(\.externalID) == ["wamid.OK", "wamid.FAR"])
        #expect(fixture.intake.messages.first?.text == "ab")
        let year9999: Int64 = 253_402_300_799_000_000
        #expect(fixture.intake.messages.last?.sentAt?.microseconds ?? .max <= year9999)
        await fixture.close()
    }

    @Test func `a new id that could never be kept is left out as well`() async throws {
        let noted = Mutex(0)
        let fixture = try await CloudFixture(personChanged: { _, _ in noted.withLock { $0 += 1 } })
        let system =
            #"{"from":"2348030001122","id":"wamid.S","timestamp":"1781080200","type":"system","system":{"body":"x","wa_id":"23\u0000","type":"user_changed_number"}}"#
        #expect(await post(fixture, value(#""messages":[\#(system)]"#)) == 200)
        #expect(noted.withLock { $0 } == 0)
        await fixture.close()
    }

    @Test func `a message without text asks for one, an unknown kind is stored without`() async throws {
        let fixture = try await CloudFixture()
        for name in ["type-image", "type-hologram", "type-unsupported", "type-sticker"] {
            #expect(await post(fixture, try Fixture.bytes("whatsapp-cloud/\(name).json")) == 200)
        }
        #expect(fixture.intake.messages.map(\.kind) == ["image", "hologram", "unsupported", "sticker"])
        let asks = fixture.intake.messages.map { $0.asksForText && $0.text == nil }
        #expect(asks[1...] == [false, false, true])
        await fixture.close()
    }

    @Test func `the address is confirmed to who knows our token only`() async throws {
        let fixture = try await CloudFixture()
        let provider = fixture.provider
        #expect(
            provider.verify(mode: "subscribe", token: "ours", challenge: "1158201444")
                == WebhookAnswer(status: 200, body: "1158201444")
        )
        for (mode, token, challenge) in [
            ("subscribe", "theirs", "1"), ("unsubscribe", "ours", "1"), ("subscribe", "ours", ""),
            ("subscribe", "ours", "a\nb"),
        ] {
            #expect(provider.verify(mode: mode, token: token, challenge: challenge).status == 403)
        }
        #expect(provider.verify(mode: nil, token: nil, challenge: nil).status == 403)
        await fixture.close()
    }

    @Test func `the interface hands on what it got`() async throws {
        let fixture = try await CloudFixture()
        let interface = fixture.provider.webhookInterface
        let described = try VarlinkInterfaceDescription(parsing: interface.description)
        #expect(described.name == interface.name)
        #expect(Set(described.methods.keys) == Set(interface.methods.keys))

        let body = value(#""messages":[\#(text("wamid.A"))]"#)
        let receive = try #require(interface.methods["Receive"])
        func call(_ parameters: JSONObject) async throws -> JSONObject {
            try await receive(VarlinkInvocation(parameters: parameters, wantsMore: false) { _ in })
        }
        let text = JSONValue.string(Base64.text(body))
        #expect(
            try await call(["body_base64": text, "signature": .string(signature(body))])["status"] == 200
        )
        #expect(try await call(["body_base64": text])["status"] == 401)
        #expect(fixture.intake.messages.map(\.externalID) == ["wamid.A"])
        await #expect(throws: VarlinkFailure.invalidParameter("body_base64")) {
            _ = try await call(["body_base64": "no base64"])
        }
        let verify = try #require(interface.methods["Verify"])
        let parameters: JSONObject = ["mode": "subscribe", "token": "ours", "challenge": "7"]
        let answer = try await verify(VarlinkInvocation(parameters: parameters, wantsMore: false) { _ in })
        #expect(answer["status"] == 200 && answer["body"] == "7")
        await fixture.close()
    }
}
