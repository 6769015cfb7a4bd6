import Foundation
import Postgres
import Synchronization
import Testing

@Suite struct OrderedNewsTests {
    @Test func `news of many threads is told once each, in its order, one at a time`() {
        let (threads, each) = (8, 2000)
        let told = Mutex<[Int]>([])
        let isBusy = Atomic<Bool>(false)
        let overlaps = Atomic<Int>(0)
        let counter = Mutex(0)
        let news = OrderedNews<Int> { number in
            if isBusy.exchange(true, ordering: .acquiringAndReleasing) { overlaps.add(1, ordering: .relaxed) }
            told.withLock { $0.append(number) }
            isBusy.store(false, ordering: .releasing)
        }
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            for _ in 0..<each {
                counter.withLock { count in
                    count += 1
                    news.add(count)
                }
                news.deliver()
            }
        }
        #expect(told.withLock { $0 } == Array(1...threads * each))
        #expect(overlaps.load(ordering: .relaxed) == 0)
    }

    @Test func `who is told something may tell something`() {
        let told = Mutex<[Int]>([])
        let box = Mutex<OrderedNews<Int>?>(nil)
        let news = OrderedNews<Int> { number in
            told.withLock { $0.append(number) }
            guard number < 3, let news = box.withLock({ $0 }) else { return }
            news.add(number + 1)
            news.deliver()
        }
        box.withLock { $0 = news }
        news.add(1)
        news.deliver()
        #expect(told.withLock { $0 } == [1, 2, 3])
    }
}
