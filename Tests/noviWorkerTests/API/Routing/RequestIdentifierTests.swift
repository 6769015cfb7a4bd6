import Testing

@testable import noviWorker

@Suite struct RequestIdentifierTests {
    @Test func `made ids are sixteen digits and no two are the same`() {
        let ids = (0..<20_000).map { _ in RequestIdentifier.new() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.utf8.count == 16 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
    }
}
