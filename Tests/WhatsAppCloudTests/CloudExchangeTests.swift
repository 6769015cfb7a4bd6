import Shared
import Testing
import WhatsAppCloud

@Suite struct CloudExchangeTests {
    private let amara = CloudPerson(phone: "2348030001122", userID: "NG.1")

    private func body(_ request: CloudRequest) -> String {
        String(decoding: request.json.serialized(), as: UTF8.self)
    }

    @Test func `a text is sent as Meta documents it`() {
        let request = CloudRequest.text(
            "Order QWE-20260610-001 received.",
            to: .person(amara),
            replyTo: "wamid.TEST0001",
            opaqueData: "outbox:7f3a"
        )
        #expect(
            body(request)
                == #"{"messaging_product":"whatsapp","recipient_type":"individual","to":"2348030001122","type":"text","text":{"preview_url":false,"body":"Order QWE-20260610-001 received."},"context":{"message_id":"wamid.TEST0001"},"biz_opaque_callback_data":"outbox:7f3a"}"#
        )
    }

    @Test func `the phone wins, an id stands in, a group has a type of its own`() {
        #expect(
            body(.text("x", to: .person(amara), replyTo: nil, opaqueData: nil)).contains(
                #""to":"2348030001122""#
            )
        )
        let hidden = body(.text("x", to: .person(CloudPerson(userID: "NG.1")), replyTo: nil, opaqueData: nil))
        #expect(hidden.contains(#""recipient":"NG.1""#) && !hidden.contains(#""to""#))
        #expect(
            body(.text("x", to: .group("120"), replyTo: nil, opaqueData: nil)).contains(
                #""recipient_type":"group","to":"120""#
            )
        )
    }

    @Test func `a template and a read mark are sent as Meta documents them`() {
        #expect(
            body(
                .template(
                    name: "daily_report",
                    language: "en",
                    parameters: ["12"],
                    to: .person(amara),
                    opaqueData: nil
                )
            )
                == #"{"messaging_product":"whatsapp","recipient_type":"individual","to":"2348030001122","type":"template","template":{"name":"daily_report","language":{"code":"en"},"components":[{"type":"body","parameters":[{"type":"text","text":"12"}]}]}}"#
        )
        #expect(
            body(.markRead("wamid.1"))
                == #"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.1"}"#
        )
    }

    @Test func `a long text is cut at line ends and loses nothing but them`() {
        let lines = (0..<500).map { "line \($0) of the report" }
        let pieces = CloudRequest.pieces(of: lines.joined(separator: "\n"))
        #expect(pieces.count > 1)
        #expect(pieces.allSatisfy { $0.unicodeScalars.count <= CloudLimits.textScalars })
        #expect(pieces.joined(separator: "\n") == lines.joined(separator: "\n"))
        let solid = String(repeating: "x", count: 10_000)
        #expect(CloudRequest.pieces(of: solid).joined() == solid)
        #expect(
            CloudRequest.pieces(of: "\n" + solid).allSatisfy {
                $0.unicodeScalars.count <= CloudLimits.textScalars
            }
        )
        #expect(CloudRequest.pieces(of: "") == [""])
    }

    @Test func `an accepted message has an id`() {
        let answer =
            #"{"messaging_product":"whatsapp","contacts":[{"input":"2348030001122","wa_id":"2348030001122"}],"messages":[{"id":"wamid.TEST0003"}]}"#
        #expect(CloudAnswer(httpStatus: 200, body: Array(answer.utf8)) == .accepted("wamid.TEST0003"))
    }

    @Test(arguments: ["", "{}", "<html>", #"{"messages":[]}"#])
    func `a good answer that tells no id is unclear: the message may have gone out`(body: String) {
        #expect(CloudAnswer(httpStatus: 200, body: Array(body.utf8)) == .unclear)
    }

    static let classes: [(CloudErrorClass, [Int64])] = [
        (.loggedOut, [0, 190]), (.notPermitted, [3, 10, 200, 250, 299]),
        (.badRequest, [100, 131_008, 131_009, 132_000, 132_005, 132_007, 132_012]),
        (.badTemplate, [132_001, 132_015, 132_016]), (.rateLimited, [4, 80_007, 130_429]),
        (.pairLimited, [131_056]), (.heldBack, [131_048, 131_049]),
        (.outsideWindow, [131_047]), (.undeliverable, [131_026, 131_021, 131_030]),
        (.temporary, [131_000, 131_016, 1, 2, 131_057, 999_999]),
        (.blocked, [131_031, 368, 131_042, 131_045, 133_010]),
    ]

    @Test(arguments: classes)
    func `the code decides, whatever the HTTP status says`(errorClass: CloudErrorClass, codes: [Int64]) {
        for code in codes {
            for status in [200, 400, 401, 429, 500] {
                let body =
                    #"{"error":{"message":"(#\#(code)) x","type":"OAuthException","code":\#(code),"error_data":{"messaging_product":"whatsapp","details":"d"},"fbtrace_id":"f"}}"#
                let answer = CloudAnswer(httpStatus: status, body: Array(body.utf8))
                #expect(
                    answer
                        == .refused(errorClass, CloudError(code: code, title: "(#\(code)) x", details: "d"))
                )
            }
        }
    }

    @Test(arguments: [
        (401, CloudErrorClass.loggedOut), (403, .notPermitted), (429, .rateLimited), (400, .badRequest),
        (500, .temporary), (503, .temporary), (302, .temporary),
    ])
    func `without a code the HTTP status decides`(status: Int, errorClass: CloudErrorClass) {
        #expect(CloudAnswer(httpStatus: status, body: Array("oops".utf8)) == .refused(errorClass, nil))
    }

    @Test func `classes say what waits, what is given up and who is told`() {
        for errorClass in CloudErrorClass.allCases {
            let retries = RetrySchedule.wait(after: errorClass, attempt: 1) != nil
            // A message is retried, or given up, or waits for a person who was told.
            #expect(
                retries != (errorClass.isFinal || errorClass.hold == .everything && errorClass.isAlarming)
            )
        }
        #expect(CloudErrorClass.pairLimited.hold == .recipient)
        #expect(CloudErrorClass.rateLimited.hold == .everything)
    }

    @Test func `waits grow and are bounded`() {
        #expect(
            (1...5).map { RetrySchedule.wait(after: .pairLimited, attempt: $0) }
                == [4, 16, 64, 256, 1024].map { .seconds($0) }
        )
        #expect(
            (1...4).map { RetrySchedule.wait(after: .temporary, attempt: $0) }
                == [2, 4, 8, 16].map { .seconds($0) }
        )
        for errorClass in CloudErrorClass.allCases {
            for attempt in [Int.min, 0, 1, 20, 1000, Int.max] {
                #expect(
                    RetrySchedule.wait(after: errorClass, attempt: attempt) ?? .seconds(1) <= .seconds(21_600)
                )
            }
        }
    }

    @Test func `a verification is answered with exactly the challenge`() {
        func answer(
            _ mode: String?,
            _ token: String?,
            _ challenge: String?,
            _ expected: String = "OURS"
        ) -> String? {
            WebhookVerification.answer(mode: mode, token: token, challenge: challenge, expected: expected)
        }
        #expect(answer("subscribe", "OURS", "1158201444") == "1158201444")
        #expect(answer("unsubscribe", "OURS", "1") == nil)
        #expect(answer(nil, "OURS", "1") == nil)
        for token in [nil, "", "OUR", "OURS ", "OURSX", "ours"] {
            #expect(answer("subscribe", token, "1") == nil)
        }
        #expect(answer("subscribe", "", "1", "") == nil)
        for challenge in [nil, "", "a\nb", "a\u{0}", "a\u{9B}", String(repeating: "1", count: 513)] {
            #expect(answer("subscribe", "OURS", challenge) == nil)
        }
        #expect(answer("subscribe", "OURS", String(repeating: "1", count: 512)) != nil)
    }
}
