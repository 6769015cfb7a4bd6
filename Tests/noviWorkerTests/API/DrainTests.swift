import Glibc
import Synchronization
import Testing
import WorkerSupport

@testable import noviWorker

/// What clients under load saw.
private final class Tally: Sendable {
    private struct State {
        var answers = 0
        var faults: [String] = []
        var isOver = false
    }

    private let state = Mutex(State())

    var answers: Int { state.withLock { $0.answers } }
    var faults: [String] { state.withLock { $0.faults } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func countAnswer() { state.withLock { $0.answers += 1 } }
    func note(_ fault: String) { state.withLock { $0.faults.append(fault) } }
    func end() { state.withLock { $0.isOver = true } }
}

@Suite struct DrainTests {
    @Test func `replacing workers on one socket under load breaks no connection`() async throws {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let port = listener.port
        let tally = Tally()
        var current = try worker.start("api", listening: listener.descriptor)
        _ = try await get("/health/live", port: port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await blocking {
                        while !tally.isOver {
                            do {
                                let answer = try HTTPConnection(port: port).request("GET", "/health/live")
                                if answer.status == 200 {
                                    tally.countAnswer()
                                } else {
                                    tally.note("\(answer.status)")
                                }
                            } catch {
                                tally.note("\(error)")
                            }
                        }
                    }
                }
            }
            for round in 1...5 {
                let successor = try worker.start("api", listening: listener.descriptor)
                try await eventually("successor \(round) listens") {
                    successor.log.components(of: "listening on").count > round
                }
                current.signal(SIGTERM)
                #expect(try await current.waitForExit() == 0)
                let answers = tally.answers
                try await eventually("the successor answers") { tally.answers > answers + 20 }
                current = successor
            }
            tally.end()
            try await group.waitForAll()
        }
        #expect(tally.faults == [])
        #expect(tally.answers > 100)
        current.kill()
    }

    @Test func `SIGKILL of one of two instances fails the requests in flight on it and no other`()
        async throws
    {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let port = listener.port
        let clients = 8
        let kills = 3
        var instances = [
            try worker.start("api", listening: listener.descriptor),
            try worker.start("api", listening: listener.descriptor),
        ]
        let tallies = (0..<clients).map { _ in Tally() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for tally in tallies {
                group.addTask {
                    try await blocking {
                        var connection: HTTPConnection?
                        while !tally.isOver {
                            do {
                                let open = try connection ?? HTTPConnection(port: port)
                                connection = open
                                let answer = try open.request("GET", "/health/live")
                                if answer.status == 200 {
                                    tally.countAnswer()
                                } else {
                                    tally.note("\(answer.status)")
                                }
                            } catch {
                                tally.note("\(error)")
                                connection = nil
                            }
                        }
                    }
                }
            }
            defer { for tally in tallies { tally.end() } }
            for number in 0..<kills {
                let before = tallies.map(\.answers)
                try await eventually("every client was answered before kill \(number)") {
                    zip(tallies, before).allSatisfy { $0.answers > $1 + 20 }
                }
                instances[number % 2].kill()
                instances[number % 2] = try worker.start("api", listening: listener.descriptor)
            }
            let before = tallies.map(\.answers)
            try await eventually("every client is answered after the last kill") {
                zip(tallies, before).allSatisfy { $0.answers > $1 + 20 }
            }
            for tally in tallies { tally.end() }
            try await group.waitForAll()
        }
        for tally in tallies {
            // One request at a time: a kill takes one of it at most, and the next one is answered.
            #expect(tally.faults.count <= kills, "\(tally.faults)")
            #expect(tally.faults.allSatisfy { !$0.hasPrefix("connect") && Int($0) == nil }, "\(tally.faults)")
        }
        for instance in instances { instance.kill() }
    }

    @Test func `while draining, answers close their connections and readiness is off`() async throws {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let port = listener.port
        let api = try worker.start("api", listening: listener.descriptor)
        _ = try await get("/health/live", port: port)
        let connection = try HTTPConnection(port: port)
        let before = try await blocking { try connection.request("GET", "/health/live") }
        #expect(before.headers["connection"] == nil)
        _ = try await worker.client("api").call("com.novi.Worker.Drain", timeout: .seconds(5))
        let answer = try await blocking { try connection.request("GET", "/health/ready") }
        #expect(answer.status == 503)
        #expect(answer.headers["connection"] == "close")
        #expect(answer.body == #"{"status":"draining"}"#)
        api.signal(SIGTERM)
        #expect(try await api.waitForExit() == 0)
        #expect(try await blocking { connection.isClosedByPeer() })
    }

    @Test func `a request in hand is answered before the worker ends`() async throws {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let port = listener.port
        // A bridge that takes the whole second of a health question: its socket accepts and never answers.
        let whatsApp = try worker.start(
            "whatsapp",
            extra: ["DATABASE_URL": try await NoviDatabase.lastingURL()]
        )
        try await eventually("the bridge is there") { worker.notifications.messages.contains("READY=1") }
        let api = try worker.start("api", listening: listener.descriptor)
        _ = try await get("/health/live", port: port)
        kill(whatsApp.pid, SIGSTOP)
        let connection = try HTTPConnection(port: port)
        try connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        // The request must have been read before the stop begins; a second one after it proves that.
        _ = try await get("/health/live", port: port)
        api.signal(SIGTERM)
        let answer = try await blocking { try connection.answer().body }
        #expect(answer.contains(#""whatsapp":"disconnected""#))
        #expect(try await api.waitForExit() == 0)
        kill(whatsApp.pid, SIGCONT)
        whatsApp.kill()
    }
}

extension String {
    /// The parts between a separator.
    fileprivate func components(of separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
