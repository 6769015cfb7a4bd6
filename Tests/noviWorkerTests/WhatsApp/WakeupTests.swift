import Testing

@testable import noviWorker

@Suite struct WakeupTests {
    @Test func `what was raised before a wait ends it at once, and once`() async {
        let wakeup = Wakeup()
        wakeup.raise()
        await wakeup.wait(atMost: .seconds(3600))
        let begin = ContinuousClock.now
        await wakeup.wait(atMost: .milliseconds(30))
        #expect(ContinuousClock.now - begin >= .milliseconds(30))
    }

    @Test func `a short wait ends in its time beside a long one, and a long one after a short one`() async {
        let wakeup = Wakeup()
        let long = Task { await wakeup.wait(atMost: .milliseconds(300)) }
        let begin = ContinuousClock.now
        await wakeup.wait(atMost: .milliseconds(20))
        #expect(ContinuousClock.now - begin >= .milliseconds(20))
        await wakeup.wait(atMost: .milliseconds(200))
        await long.value
    }

    @Test func `a wait ends when its task is cancelled, and when somebody raises while it waits`() async {
        let wakeup = Wakeup()
        for ending in [{ (wait: Task<Void, Never>) in wait.cancel() }, { _ in wakeup.raise() }] {
            let wait = Task { await wakeup.wait(atMost: .seconds(3600)) }
            await Task.yield()
            ending(wait)
            await wait.value
        }
    }
}
