import Shared
import SupervisorCore
import Testing

@Suite struct MemoryWatchTests {
    private var policy: MemoryPolicy {
        var policy = MemoryPolicy()
        policy.soft = .mebibytes(500)
        policy.hard = .mebibytes(800)
        return policy
    }

    /// Gives samples of the heap, one in 5 s, and returns a letter for each verdict: `.`, `c`lean up, `r`estart.
    private func verdicts(_ heaps: [Int64], tree: [Int64] = [], _ policy: MemoryPolicy) -> String {
        var watch = MemoryWatch()
        var letters = ""
        for (index, heap) in heaps.enumerated() {
            let size = ByteCount.mebibytes(index < tree.count ? tree[index] : heap)
            let verdict = watch.judge(
                MemorySample(tree: size),
                heap: .mebibytes(heap),
                policy: policy,
                at: .zero + .seconds(5 * index)
            )
            switch verdict {
            case .fine: letters += "."
            case .cleanUp: letters += "c"
            case .restart: letters += "r"
            }
        }
        return letters
    }

    @Test(arguments: [
        ([400, 500, 400], "..."),
        ([501, 600, 700], "c.."),
        ([900, 900, 900, 900], "c..r"),
        ([600, 900, 900, 700, 900, 900, 900], "c.....r"),
        ([600, 801, 800, 801, 801, 801], "c....r"),
    ])
    func `the hard limit counts three samples in a row, after the clean-up`(heaps: [Int64], expected: String)
    {
        #expect(verdicts(heaps, policy) == expected)
    }

    @Test func `a clean-up is asked for once in 5 minutes`() {
        let letters = verdicts(Array(repeating: 600, count: 61), policy)
        #expect(letters == "c" + String(repeating: ".", count: 59) + "c")
    }

    @Test func `without a soft limit the hard one counts from the first sample`() {
        var policy = policy
        policy.soft = nil
        #expect(verdicts([900, 900, 900], policy) == "..r")
    }

    @Test func `the limit on the tree judges the tree alone`() {
        var policy = MemoryPolicy()
        policy.treeLimit = .mebibytes(100)
        #expect(verdicts([900, 900, 900, 900], tree: [50, 50, 50, 50], policy) == "....")
        #expect(verdicts([1, 1, 1], tree: [101, 101, 101], policy) == "..r")
        #expect(verdicts([1, 1, 1, 1], tree: [101, 101, 100, 101], policy) == "....")
    }

    @Test func `a small tree interrupts the row also in the sample that asks for a clean-up`() {
        var policy = policy
        policy.treeLimit = .mebibytes(1000)
        #expect(verdicts([1, 1, 600, 1], tree: [1001, 1001, 10, 1001], policy) == "..c.")
    }

    @Test func `without a heap report the tree is judged`() {
        var watch = MemoryWatch()
        let sample = MemorySample(tree: .mebibytes(600))
        let verdict = watch.judge(sample, heap: nil, policy: policy, at: .zero)
        #expect(verdict == .cleanUp(measured: .mebibytes(600), limit: .mebibytes(500)))
    }

    @Test func `the curve is bounded and keeps the newest`() {
        var watch = MemoryWatch()
        for size in 0..<200 {
            let sample = MemorySample(tree: ByteCount(Int64(size)))
            _ = watch.judge(sample, heap: nil, policy: MemoryPolicy(), at: .zero)
        }
        #expect(watch.curve.count == MemoryWatch.curveLength)
        #expect(watch.curve.last == ByteCount(199))
    }
}
