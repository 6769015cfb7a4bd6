import Glibc
import LinuxSystem
import Shared
import Testing

@testable import noviSupervisord

/// What the service manager hears, and in which order, also when it is busy.
struct ServiceStateTests {
    private let path = "/tmp/novi-service-state-\(UInt32.random(in: 0 ... .max))"
    private let poll: EventPoll
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    init() throws { poll = try EventPoll() }

    private func state(watchdog: String? = nil) -> ServiceState {
        ServiceState(ServiceManagerVariables(watchdog: watchdog), messages(), at: start)
    }

    private func messages() -> OutgoingMessages {
        OutgoingMessages(ServiceManagerSocket(path: path), poll: poll, token: Token(.serviceManager, 0))
    }

    private func messages(_ socket: DatagramSocket) throws -> [String] {
        var messages: [String] = []
        while let datagram = try socket.receive() {
            let mark = datagram.closedDescriptors > 0 ? " +\(datagram.closedDescriptors)" : ""
            messages.append(String(decoding: datagram.bytes, as: UTF8.self) + mark)
        }
        return messages
    }

    @Test func `one status line tells of all that happened in a turn, and only when it changed`() throws {
        let socket = try DatagramSocket(bind: path)
        defer { socket.unlinkPath() }
        let state = state()
        state.statusMayHaveChanged()
        state.statusMayHaveChanged()
        state.endTurn(at: start, nextTimer: nil, status: "1 online")
        state.endTurn(at: start, nextTimer: nil, status: "2 online")
        state.statusMayHaveChanged()
        state.endTurn(at: start, nextTimer: nil, status: "1 online")
        #expect(try messages(socket) == ["STATUS=1 online"])
    }

    @Test func `signs of life come only where somebody waits for them`() throws {
        let socket = try DatagramSocket(bind: path)
        defer { socket.unlinkPath() }
        let silent = state()
        silent.endTurn(at: start + .seconds(1000), nextTimer: nil, status: "")
        #expect(silent.deadline == nil)
        let watched = state(watchdog: "2000000")
        #expect(watched.deadline == start + .seconds(1))
        watched.endTurn(at: start, nextTimer: nil, status: "")
        watched.endTurn(at: start + .seconds(1), nextTimer: nil, status: "")
        #expect(try messages(socket) == ["WATCHDOG=1"])
    }

    @Test func `a stop asks for the time until its next deadline`() throws {
        let socket = try DatagramSocket(bind: path)
        defer { socket.unlinkPath() }
        let state = state()
        state.endTurn(at: start, nextTimer: start + .seconds(10), status: "")
        state.beginStop(at: start)
        state.beginStop(at: start)
        state.endTurn(at: start, nextTimer: start + .seconds(10), status: "")
        state.endTurn(at: start, nextTimer: nil, status: "")
        #expect(try messages(socket) == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=25000000"])
    }

    @Test func `a descriptor is kept once by its name and let go once`() throws {
        let socket = try DatagramSocket(bind: path)
        defer { socket.unlinkPath() }
        let store = DescriptorStore(.serviceManager, messages(), holding: ["old", "older"])
        let descriptor = try Descriptor.openNull()
        store.store(descriptor, named: "a.pidfd")
        store.store(descriptor, named: "a.pidfd")
        store.store(descriptor, named: "old")
        store.release("never")
        store.releaseAll { $0 != "older" && $0 != "a.pidfd" }
        store.release("a.pidfd")
        #expect(
            try messages(socket) == [
                "FDSTORE=1\nFDPOLL=0\nFDNAME=a.pidfd +1", "FDSTOREREMOVE=1\nFDNAME=a.pidfd",
                "FDSTOREREMOVE=1\nFDNAME=older",
            ]
        )
    }

    @Test func `a manager that is busy gets everything later, in order`() throws {
        let socket = try DatagramSocket(bind: path)
        defer { socket.unlinkPath() }
        let store = DescriptorStore(.serviceManager, messages(), holding: [])
        let count = 2000
        for number in 0..<count {
            // Closed at once on our side: what waits must hold it open.
            store.store(try Descriptor.openNull(), named: "\(number)")
        }
        var received: [String] = []
        var events: [EventPoll.Event] = []
        for _ in 0..<count where received.count < count {
            received += try messages(socket)
            try poll.wait(timeoutMilliseconds: 0, into: &events)
            if events.contains(where: { Token(rawValue: $0.token)?.kind == .serviceManager }) {
                store.resume()
            }
        }
        #expect(received == (0..<count).map { "FDSTORE=1\nFDPOLL=0\nFDNAME=\($0) +1" })
        try poll.wait(timeoutMilliseconds: 0, into: &events)
        #expect(events.isEmpty, "nothing to send, and still watched")
    }

    @Test func `without a manager nothing is asked, opened or watched`() throws {
        let state = ServiceState(ServiceManagerVariables(), nil, at: start)
        DescriptorStore(.serviceManager, nil, holding: ["a"]).release("a")
        state.statusMayHaveChanged()
        var hasAsked = false
        func status() -> String {
            hasAsked = true
            return ""
        }
        state.endTurn(at: start, nextTimer: nil, status: status())
        #expect(!hasAsked)
        #expect(state.deadline == nil)
    }
}
