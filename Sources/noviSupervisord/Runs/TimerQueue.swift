import Shared
import SupervisorCore

/// The timers that the core armed, by time: a binary heap with lazy removal.
///
/// Arming a name again replaces its timer. What was replaced or disarmed stays in the heap until it comes up or until it
/// is half of the heap, so that a watchdog that is fed a thousand times a second costs no memory.
struct TimerQueue {
    private struct Entry {
        var at: MonotonicInstant
        var generation: UInt64
        var timer: TimerID
    }

    private var heap: [Entry] = []
    private var armed: [TimerID: UInt64] = [:]
    private var generations: UInt64 = 0

    /// When the next timer comes; `nil` when there is none.
    mutating func nextInstant() -> MonotonicInstant? {
        dropStale()
        return heap.first?.at
    }

    /// Arms a timer, in place of an earlier one of the same name.
    mutating func arm(_ timer: TimerID, at instant: MonotonicInstant) {
        generations += 1
        armed[timer] = generations
        heap.append(Entry(at: instant, generation: generations, timer: timer))
        siftUp(from: heap.count - 1)
        compactIfWasteful()
    }

    /// Forgets a timer.
    mutating func disarm(_ timer: TimerID) {
        armed[timer] = nil
        compactIfWasteful()
    }

    /// Takes out the first timer that is due, or returns `nil`.
    mutating func popDue(at now: MonotonicInstant) -> TimerID? {
        dropStale()
        guard let first = heap.first, first.at <= now else { return nil }
        removeFirst()
        armed[first.timer] = nil
        return first.timer
    }

    private mutating func dropStale() {
        while let first = heap.first, armed[first.timer] != first.generation {
            removeFirst()
        }
    }

    private mutating func compactIfWasteful() {
        guard heap.count > 64, heap.count > armed.count * 2 else { return }
        heap.removeAll { armed[$0.timer] != $0.generation }
        for index in stride(from: heap.count / 2, through: 0, by: -1) {
            siftDown(from: index)
        }
    }

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        siftDown(from: 0)
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].at < heap[parent].at else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            let left = parent * 2 + 1
            guard left < heap.count else { return }
            let right = left + 1
            let smaller = right < heap.count && heap[right].at < heap[left].at ? right : left
            guard heap[smaller].at < heap[parent].at else { return }
            heap.swapAt(smaller, parent)
            parent = smaller
        }
    }
}
