import Glibc
import LinuxSystem
import Testing

@Suite struct DescriptorTests {
    @Test func `a wake-up from another thread ends a wait`() async throws {
        let wakeup = try WakeupDescriptor()
        let thread = Task.detached { wakeup.wake() }
        try waitUntilReadable(wakeup.rawValue)
        await thread.value
        wakeup.clear()
        let poll = try EventPoll()
        try poll.add(wakeup.rawValue, .readable, token: 1)
        var events: [EventPoll.Event] = []
        try poll.wait(timeoutMilliseconds: 0, into: &events)
        #expect(events.isEmpty)
    }

    @Test func `a timer is readable when its time has come and not before`() throws {
        let timer = try TimerDescriptor()
        try timer.arm(atNanoseconds: Clocks.monotonicNanoseconds() + 3_600_000_000_000)
        #expect(!timer.clear())
        try timer.arm(atNanoseconds: 0)
        try waitUntilReadable(timer.rawValue)
        #expect(timer.clear())
        #expect(!timer.clear())
    }

    @Test func `a signal is read with its sender`() async {
        await #expect(processExitsWith: .success) {
            let signals = try SignalDescriptor(signals: [SIGUSR1])
            guard try signals.next() == nil else { exit(1) }
            // To this thread: others of the test runner do not block it.
            pthread_kill(pthread_self(), SIGUSR1)
            let signal = try signals.next()
            exit(signal?.signal == SIGUSR1 && signal?.senderProcessID == getpid() ? 0 : 2)
        }
    }

    @Test func `more descriptors than one batch all come up`() throws {
        let poll = try EventPoll()
        let wakeups = try (0..<100).map { _ in try WakeupDescriptor() }
        for (index, wakeup) in wakeups.enumerated() {
            try poll.add(wakeup.rawValue, .readable, token: UInt64(index))
            wakeup.wake()
        }
        var seen: Set<UInt64> = []
        var events: [EventPoll.Event] = []
        for _ in 0..<4 {
            try poll.wait(timeoutMilliseconds: 0, into: &events)
            seen.formUnion(events.map(\.token))
        }
        #expect(seen.count == 100)
        poll.remove(wakeups[0].rawValue)
        poll.remove(-1)
    }

    @Test func `an owned descriptor closes itself, a taken one does not`() throws {
        var number: Int32 = -1
        do {
            let owned = OwnedDescriptor(try Descriptor.openNull().take())
            number = owned.take()
        }
        #expect(fcntl(number, F_GETFD) >= 0)
        let other = try OutputPipe()
        let end = try other.openWriteEnd()
        end.close()
        #expect(end.rawValue == -1)
        close(number)
    }

    @Test(
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (1_748_779_200_250_999_999, "2025-06-01T12:00:00.250Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ]
    )
    func `a timestamp is RFC 3339 in UTC`(nanoseconds: Int64, text: String) {
        #expect(Clocks.timestamp(of: nanoseconds) == text)
    }
}
