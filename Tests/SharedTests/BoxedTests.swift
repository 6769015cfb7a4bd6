import Shared
import Testing

@Suite struct BoxedTests {
    private struct Holder: Hashable {
        @Boxed var text = ["a"]
    }

    @Test func `a change of a copy does not reach the original`() {
        let original = Holder()
        var copy = original
        copy.text.append("b")
        #expect(original.text == ["a"])
        #expect(copy.text == ["a", "b"])
    }

    @Test func `equal values in different boxes are equal and hash alike`() {
        var other = Holder()
        other.text = ["a"]
        #expect(other == Holder())
        #expect(Set([other, Holder()]).count == 1)
        other.text = ["b"]
        #expect(other != Holder())
    }

    @Test func `what holds a value is one pointer long`() {
        #expect(MemoryLayout<Holder>.size == MemoryLayout<UnsafeRawPointer>.size)
    }
}
