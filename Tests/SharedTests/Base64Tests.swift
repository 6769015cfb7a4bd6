import Shared
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648 hold both ways`(plain: String, encoded: String) {
        #expect(Base64.text(Array(plain.utf8)) == encoded)
        #expect(Base64.bytes(encoded) == Array(plain.utf8))
    }

    @Test func `every byte comes back, at every length`() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(Base64.bytes(Base64.text(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        "Zg", "Zg=", "Z===", "====", "=Zg=", "Zg=g", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm-_", "Zm9é",
        "Zg==Zg==",
    ])
    func `anything else is refused`(text: String) {
        #expect(Base64.bytes(text) == nil)
    }
}
