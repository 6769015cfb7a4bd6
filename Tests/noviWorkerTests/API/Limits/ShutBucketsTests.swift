import Testing

@testable import noviWorker

@Suite struct ShutBucketsTests {
    @Test func `a bucket stays shut until its window ends, and no other does`() {
        let shut = ShutBuckets()
        let now = ContinuousClock.now
        shut.note("10.0.0.1", seconds: 10, now: now)
        #expect(shut.secondsLeft(of: "10.0.0.1", now: now + .milliseconds(1)) == 10)
        #expect(shut.secondsLeft(of: "10.0.0.1", now: now + .milliseconds(9999)) == 1)
        #expect(shut.secondsLeft(of: "10.0.0.1", now: now + .seconds(10)) == nil)
        #expect(shut.secondsLeft(of: "10.0.0.2", now: now) == nil)
    }

    @Test func `however many addresses come, a bounded number is kept`() {
        let shut = ShutBuckets()
        let now = ContinuousClock.now
        for number in 0..<20_000 { shut.note("\(number)", seconds: 900, now: now) }
        #expect(shut.secondsLeft(of: "9999", now: now) == nil)
        #expect(shut.secondsLeft(of: "10000", now: now) == 901)
    }
}
