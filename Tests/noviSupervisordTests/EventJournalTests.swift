import Glibc
import LinuxSystem
import SupervisorCore
import Testing

@testable import noviSupervisord

/// The supervisor's own entries and a journal that is slow, late or absent.
struct EventJournalTests {
    private let path = "/tmp/novi-event-journal-\(UInt32.random(in: 0 ... .max))"
    private let poll: EventPoll

    init() throws { poll = try EventPoll() }

    private func entry(_ text: String) -> JournalEntry { JournalEntry(of: "noviSupervisord", .info, text) }

    private func messages(_ socket: DatagramSocket) throws -> [String] {
        var messages: [String] = []
        while let datagram = try socket.receive() {
            let lines = String(decoding: datagram.bytes, as: UTF8.self).split(separator: "\n")
            messages += lines.prefix(1).map { String($0.dropFirst("MESSAGE=".count)) }
        }
        return messages
    }

    private func isWritable() throws -> Bool {
        var events: [EventPoll.Event] = []
        try poll.wait(timeoutMilliseconds: 0, into: &events)
        return events.contains { Token(rawValue: $0.token)?.kind == .systemJournal }
    }

    @Test func `entries that the queue has no room for come later, in order, each once`() throws {
        let socket = try DatagramSocket(bind: path)
        defer { socket.unlinkPath() }
        let journal = EventJournal(JournalSocket(path: path), poll: poll)
        // More than the queue holds (net.unix.max_dgram_qlen), until one has to wait.
        let capacity = try queueCapacity()
        let count = capacity + 100
        for number in 0..<count { journal.write(entry("\(number)")) }
        #expect(try !isWritable())
        var received: [String] = []
        for _ in 0..<count where received.count < count {
            received += try messages(socket)
            if try isWritable() { journal.resume() }
        }
        #expect(received == (0..<count).map { "\($0)" })
        #expect(try !isWritable(), "nothing to send, and still watched")
    }

    @Test func `what is held is bounded, and how much is missing is said`() throws {
        let socket = try DatagramSocket(bind: path)
        defer { socket.unlinkPath() }
        let journal = EventJournal(JournalSocket(path: path), poll: poll)
        let kept = try queueCapacity() + EventJournal.maximumWaiting
        for number in 0..<kept + 7 { journal.write(entry("\(number)")) }
        var received: [String] = []
        for _ in 0..<kept {
            received += try messages(socket)
            if try isWritable() { journal.resume() }
        }
        #expect(received.dropLast() == (0..<kept).map { "\($0)" }[...])
        #expect(received.last == "the journal was busy: 7 entries are in noviSupervisord.log only")
    }

    @Test func `without a journal entries are not even made`() {
        let journal = EventJournal(JournalSocket(path: path), poll: poll)
        var made = 0
        func make() -> JournalEntry {
            made += 1
            return entry("x")
        }
        // The first one finds out.
        journal.write(make())
        #expect(made == 1)
        for _ in 0..<100 { journal.write(make()) }
        #expect(made < 100)
    }

    /// How many messages a socket of this machine takes that nobody reads.
    private func queueCapacity() throws -> Int {
        let socket = try DatagramSocket(bind: path + "-probe")
        defer { socket.unlinkPath() }
        let journal = JournalSocket(path: path + "-probe")
        var count = 0
        while journal.send(entry("\(count)").bytes) == .sent, count < 1_000_000 { count += 1 }
        return count
    }
}
