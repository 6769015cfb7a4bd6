import Testing

@testable import noviWorker

@Suite struct PhoneNumberTests {
    @Test(arguments: [
        ("08030001122", "+2348030001122"), ("0803 000 1122", "+2348030001122"),
        ("8030001122", "+2348030001122"),
        ("+234 803 000 1122", "+2348030001122"), ("+2340803-000-1122", "+2348030001122"),
        ("2348030001122", "+2348030001122"),
        ("002348030001122", "+2348030001122"), ("+44 20 7946 0958", "+442079460958"),
        ("09012345678", "+2349012345678"),
    ])
    func `what people write becomes E 164`(written: String, expected: String) {
        #expect(PhoneNumber(written)?.text == expected)
    }

    @Test(arguments: [
        "", "---", "+", "0803000112", "080300011223", "12345678", "abc", "+0803000112", "+1234567",
        "+1234567890123456", "0803000112x",
        "+234 803 000 1122;", "05030001122", "٠٨٠٣٠٠٠١١٢٢",
    ])
    func `what is no number is none`(written: String) {
        #expect(PhoneNumber(written) == nil)
    }

    @Test func `a masked number keeps country, network and the last four digits`() {
        #expect(PhoneNumber.masked("+2348030001122") == "+234803***1122")
        #expect(PhoneNumber.masked("123") == "***")
    }
}
