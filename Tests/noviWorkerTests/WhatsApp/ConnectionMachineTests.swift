import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// A generator that always gives the same bits: 0 is the lowest value of a range, .max the highest.
struct FixedGenerator: RandomNumberGenerator {
    var bits: UInt64

    mutating func next() -> UInt64 { bits }
}

/// A machine with a clock that tests move.
struct MachineDriver {
    var machine = ConnectionMachine(timing: ConnectionMachine.Timing(attemptLimit: .seconds(60)))
    var now = MonotonicInstant.zero
    // The middle of every range: no jitter.
    var generator = FixedGenerator(bits: 1 << 63)

    @discardableResult
    mutating func send(
        _ event: ConnectionMachine.Event,
        after wait: Duration = .zero
    ) -> [ConnectionMachine.Action] {
        now = now + wait
        return machine.handle(event, at: now, using: &generator)
    }

    /// A machine brought into a state by its word.
    static func at(_ word: String) -> MachineDriver {
        var driver = MachineDriver()
        if word == "stopped" { return driver }
        driver.send(.startRequested)
        switch word {
        case "qr": driver.send(.qrShown)
        case "authenticating": driver.send(.authenticated)
        case "syncing": driver.send(.syncing)
        case "ready": driver.send(.ready)
        case "reconnecting": driver.send(.disconnected(.transient("TIMEOUT")))
        case "logged_out": driver.send(.disconnected(.loggedOut("LOGOUT")))
        case "blocked": driver.send(.disconnected(.blocked("TOS_BLOCK")))
        case "failed": driver.send(.disconnected(.outdated("DEPRECATED_VERSION")))
        default: break
        }
        return driver
    }

    /// The waits of a row of failures, in seconds.
    mutating func waits(_ count: Int) -> [Double] {
        (0..<count).map { _ in
            send(.disconnected(.transient("TIMEOUT")))
            guard case .reconnecting(_, let instant) = machine.state else { return -1 }
            let wait = instant - now
            now = instant
            send(.timerFired(.retry))
            return Double(wait.wholeMilliseconds) / 1000
        }
    }
}

@Suite struct ConnectionMachineTests {
    static let events: [(name: String, event: ConnectionMachine.Event)] = [
        ("start", .startRequested), ("stop", .stopRequested), ("qr", .qrShown),
        ("authenticated", .authenticated),
        ("syncing", .syncing), ("ready", .ready), ("transient", .disconnected(.transient("TIMEOUT"))),
        ("conflict", .disconnected(.conflict("CONFLICT"))), ("logout", .disconnected(.loggedOut("LOGOUT"))),
        ("block", .disconnected(.blocked("TOS_BLOCK"))),
        ("outdated", .disconnected(.outdated("DEPRECATED_VERSION"))),
        ("auth failure", .authenticationFailed("text")), ("retry", .timerFired(.retry)),
        ("attempt", .timerFired(.attempt)), ("down", .timerFired(.down)),
    ]

    /// One row a state: where each event above leads; `-` is the same state.
    static let rows: [(state: String, next: String)] = [
        ("stopped", "starting - - - - - - - - - - - - - -"),
        (
            "starting",
            "- stopped qr authenticating syncing ready reconnecting reconnecting logged_out blocked failed logged_out - reconnecting -"
        ),
        (
            "qr",
            "- stopped - authenticating syncing ready reconnecting reconnecting logged_out blocked failed logged_out - - -"
        ),
        (
            "authenticating",
            "- stopped qr - syncing ready reconnecting reconnecting logged_out blocked failed logged_out - reconnecting -"
        ),
        (
            "syncing",
            "- stopped qr authenticating - ready reconnecting reconnecting logged_out blocked failed logged_out - reconnecting -"
        ),
        (
            "ready",
            "- stopped qr authenticating syncing - reconnecting reconnecting logged_out blocked failed logged_out - - -"
        ),
        (
            "reconnecting",
            "starting stopped qr authenticating syncing ready - - logged_out blocked failed logged_out starting - -"
        ),
        ("logged_out", "starting stopped qr authenticating syncing ready - - - blocked - - - - -"),
        ("blocked", "starting stopped - - - - - - - - - - - - -"),
        ("failed", "starting stopped - - - - - - - - - - - - -"),
    ]

    @Test(arguments: rows.indices)
    func `every event leads every state where the table says`(row: Int) {
        let (state, next) = Self.rows[row]
        let expected = next.split(separator: " ").map { $0 == "-" ? state : String($0) }
        #expect(expected.count == Self.events.count)
        for ((name, event), word) in zip(Self.events, expected) {
            var driver = MachineDriver.at(state)
            #expect(driver.machine.state.word == state)
            driver.send(event)
            #expect(driver.machine.state.word == word, "\(state) on \(name)")
        }
    }

    @Test func `tries come after 30, 60, 120, 240 and then 300 seconds`() {
        var driver = MachineDriver.at("ready")
        #expect(driver.waits(7) == [30, 60, 120, 240, 300, 300, 300])
    }

    @Test func `jitter stays within 20 percent and below 300 seconds`() {
        for (bits, expected) in [(UInt64.min, [24.0, 48, 96, 192, 240]), (.max, [36.0, 72, 144, 288, 300])] {
            var driver = MachineDriver.at("ready")
            driver.generator = FixedGenerator(bits: bits)
            for (wait, limit) in zip(driver.waits(5), expected) { #expect(abs(wait - limit) < 0.01) }
        }
    }

    @Test(arguments: [(Duration.seconds(600), 30.0), (.milliseconds(599_999), 120)])
    func `ten minutes of ready forget the failures, less does not`(ready: Duration, wait: Double) {
        var driver = MachineDriver.at("ready")
        _ = driver.waits(2)
        driver.send(.ready)
        driver.now = driver.now + ready
        #expect(driver.waits(1) == [wait])
    }

    @Test func `an attempt that takes too long counts as a failure`() {
        var driver = MachineDriver()
        let actions = driver.send(.startRequested)
        #expect(actions.contains(.arm(.attempt, at: driver.now + .seconds(60))))
        #expect(actions.last == .openProvider)
        let given = driver.send(.timerFired(.attempt), after: .seconds(60))
        #expect(given.contains(.closeProvider))
        #expect(given.contains(.arm(.retry, at: driver.now + .seconds(30))))
        #expect(driver.machine.lastReason == "no link after 60 s")
    }

    @Test func `each step of an attempt has the whole limit, and a QR code has none`() {
        var driver = MachineDriver.at("starting")
        #expect(driver.send(.qrShown) == [.disarm(.attempt)])
        #expect(
            driver.send(.authenticated, after: .seconds(200)) == [
                .arm(.attempt, at: driver.now + .seconds(60))
            ]
        )
    }

    @Test(arguments: [("development", 30), ("staging", 60), ("production", 120)])
    func `the attempt limit follows the environment`(environment: String, seconds: Int) throws {
        let deployment = try #require(DeploymentEnvironment(rawValue: environment))
        #expect(deployment.whatsAppTimeout == .seconds(seconds))
    }

    @Test func `a conflict is tried once after 60 seconds and then given up with an alert`() {
        var driver = MachineDriver.at("ready")
        let first = driver.send(.disconnected(.conflict("CONFLICT")))
        #expect(first.contains(.arm(.retry, at: driver.now + .seconds(60))))
        driver.send(.timerFired(.retry), after: .seconds(60))
        driver.send(.ready)
        let second = driver.send(.disconnected(.conflict("CONFLICT")))
        #expect(second.contains(.alert(.twoClients("CONFLICT"))))
        #expect(driver.machine.state == .failed)
    }

    @Test func `a conflict long after the last one is tried again`() {
        var driver = MachineDriver.at("ready")
        driver.send(.disconnected(.conflict("CONFLICT")))
        driver.send(.timerFired(.retry), after: .seconds(60))
        driver.send(.ready)
        driver.send(.disconnected(.conflict("CONFLICT")), after: .seconds(600))
        #expect(driver.machine.state.word == "reconnecting")
    }

    @Test(arguments: ["logged_out", "blocked", "failed"])
    func `nothing but a person leads out of a final state`(word: String) {
        var driver = MachineDriver.at(word)
        for timer in ConnectionMachine.Timer.allCases {
            let actions = driver.send(.timerFired(timer), after: .seconds(10_000))
            #expect(!actions.contains(.openProvider))
            #expect(driver.machine.state.word == word)
        }
        #expect(driver.send(.startRequested).contains(.openProvider))
    }

    @Test func `void sessions and blocked accounts are told at once`() {
        var driver = MachineDriver.at("ready")
        #expect(driver.send(.authenticationFailed("bad session")).contains(.alert(.loggedOut("bad session"))))
        #expect(driver.send(.disconnected(.blocked("403"))).contains(.alert(.blocked("403"))))
    }

    @Test func `five minutes without a link are told, and the recovery with its length`() {
        var driver = MachineDriver.at("ready")
        let lost = driver.send(.disconnected(.transient("TIMEOUT")))
        #expect(lost.contains(.arm(.down, at: driver.now + .seconds(300))))
        driver.send(.timerFired(.retry), after: .seconds(30))
        #expect(driver.send(.timerFired(.down), after: .seconds(270)) == [.alert(.down(.seconds(300)))])
        #expect(driver.send(.timerFired(.down)) == [])
        #expect(driver.send(.ready, after: .seconds(20)).contains(.alert(.recovered(after: .seconds(320)))))
    }

    @Test func `a short loss is not told`() {
        var driver = MachineDriver.at("ready")
        driver.send(.disconnected(.transient("TIMEOUT")))
        driver.send(.timerFired(.retry), after: .seconds(30))
        let actions = driver.send(.ready, after: .seconds(1))
        #expect(actions.contains(.disarm(.down)))
        #expect(!actions.contains { if case .alert = $0 { true } else { false } })
    }

    @Test func `all sequences of four events keep timers and state together`() {
        var explored = 0
        var broken: [String] = []
        func explore(
            _ driver: MachineDriver,
            _ armed: Set<ConnectionMachine.Timer>,
            depth: Int,
            _ trace: [Int]
        ) {
            for (index, (_, event)) in Self.events.enumerated() {
                var driver = driver
                var armed = armed
                if case .timerFired(let timer) = event {
                    guard armed.remove(timer) != nil else { continue }
                }
                let before = driver.machine.state
                let actions = driver.send(event, after: .seconds(1))
                let faults = Self.faults(from: before, to: driver, actions, armed: &armed)
                explored += 1
                let trace = trace + [index]
                if !faults.isEmpty { broken.append("\(trace.map { Self.events[$0].name }): \(faults)") }
                if depth > 1 { explore(driver, armed, depth: depth - 1, trace) }
            }
        }
        explore(MachineDriver(), [], depth: 4, [])
        #expect(broken.prefix(5) == [])
        #expect(explored > 20_000)
    }

    /// What is wrong after a step; keeps `armed` as the actions say.
    private static func faults(
        from before: ConnectionMachine.State,
        to driver: MachineDriver,
        _ actions: [ConnectionMachine.Action],
        armed: inout Set<ConnectionMachine.Timer>
    ) -> [String] {
        var faults: [String] = []
        for action in actions {
            if case .arm(let timer, let instant) = action {
                armed.insert(timer)
                if instant <= driver.now { faults.append("\(timer) is armed for the past") }
            }
            if case .disarm(let timer) = action { armed.remove(timer) }
        }
        let state = driver.machine.state
        let word = state.word
        let opens = state == .starting && before != .starting
        if actions.contains(.openProvider) != opens {
            faults.append("the provider is opened exactly at starting")
        }
        if armed.contains(.retry) != (word == "reconnecting") {
            faults.append("retry is armed exactly while waiting")
        }
        let isTrying = ["starting", "authenticating", "syncing"].contains(word)
        if armed.contains(.attempt) != isTrying { faults.append("the limit is armed exactly while trying") }
        if ["stopped", "ready"].contains(word), !armed.isEmpty { faults.append("timers in \(word)") }
        return faults
    }
}

@Suite struct DisconnectReasonTests {
    @Test(arguments: [
        ("TIMEOUT", DisconnectReason.transient("TIMEOUT")), ("UNLAUNCHED", .transient("UNLAUNCHED")),
        ("503", .transient("503")), ("logout", .loggedOut("logout")), ("UNPAIRED", .loggedOut("UNPAIRED")),
        ("401", .loggedOut("401")), ("190", .loggedOut("190")), ("TOS_BLOCK", .blocked("TOS_BLOCK")),
        ("SMB_TOS_BLOCK", .blocked("SMB_TOS_BLOCK")), ("403", .blocked("403")), ("368", .blocked("368")),
        ("131031", .blocked("131031")), ("CONFLICT", .conflict("CONFLICT")),
        ("replaced", .conflict("replaced")),
        ("DEPRECATED_VERSION", .outdated("DEPRECATED_VERSION")),
    ])
    func `a provider's word decides what is done`(word: String, reason: DisconnectReason) {
        #expect(DisconnectReason(word: word) == reason)
        #expect(reason.word == word)
    }
}
