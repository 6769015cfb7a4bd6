import Testing

@testable import noviWorker

@Suite struct ClientAddressTests {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("::1", "0:0:0:0::/64"),
    ])
    func `an IPv6 client counts as its 64 network`(text: String, bucket: String) {
        #expect(ClientAddress(text)?.bucket == bucket)
    }

    @Test func `what is no address is none`() {
        #expect(ClientAddress("localhost") == nil)
        #expect(ClientAddress("1.2.3") == nil)
        #expect(ClientAddress("1.2.3.4:80") == nil)
    }

    private func client(_ peer: String, _ forwarded: [String], trusted: Set<String>) -> String? {
        ClientAddress(peer).map { ClientAddress.of(peer: $0, forwarded: forwarded, trusted: trusted).text }
    }

    @Test func `forwarded addresses count only through trusted proxies, from the right`() {
        #expect(client("9.9.9.9", ["1.1.1.1"], trusted: []) == "9.9.9.9")
        #expect(client("10.0.0.1", ["1.1.1.1"], trusted: ["10.0.0.1"]) == "1.1.1.1")
        #expect(client("10.0.0.1", ["6.6.6.6, 1.1.1.1"], trusted: ["10.0.0.1"]) == "1.1.1.1")
        #expect(
            client("10.0.0.1", ["6.6.6.6, 1.1.1.1, 10.0.0.2"], trusted: ["10.0.0.1", "10.0.0.2"]) == "1.1.1.1"
        )
        #expect(client("10.0.0.1", ["1.1.1.1", "2.2.2.2"], trusted: ["10.0.0.1"]) == "2.2.2.2")
        #expect(client("10.0.0.1", ["nonsense"], trusted: ["10.0.0.1"]) == "10.0.0.1")
        #expect(client("10.0.0.1", [], trusted: ["10.0.0.1"]) == "10.0.0.1")
    }

    @Test func `phone numbers are masked in text for logs, other numbers are not`() {
        #expect(LogText.masked("call +2348030001122 now") == "call +234803***1122 now")
        #expect(LogText.masked("q=08030001122&x") == "q=0803000***1122&x")
        let id = "/api/orders/123e4567-e89b-12d3-a456-426614174000"
        #expect(LogText.masked(id) == id)
        #expect(LogText.masked("QWE-20260610-001 took 1234567 ms") == "QWE-20260610-001 took 1234567 ms")
        #expect(LogText.masked("") == "")
        #expect(LogText.maskedNumber("+2348030001122") == "+234803***1122")
        #expect(LogText.maskedNumber("123") == "***")
    }
}
