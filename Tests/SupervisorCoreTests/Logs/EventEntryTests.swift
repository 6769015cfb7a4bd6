import Shared
import Testing

@testable import SupervisorCore

/// What an operator can search the systemd journal for.
struct EventEntryTests {
    private static let amara = Requester(user: "amara", pid: 812, terminal: "/dev/pts/3")

    /// The entry's fields as lines; every text here is free of control characters.
    private func lines(_ kind: LifecycleNotice.Kind, ofProcess: Bool = true) throws -> [String] {
        let name = ProcessName(app: try #require(AppName("api")), instance: 1)
        let notice = LifecycleNotice(
            sequence: 1,
            at: .zero,
            process: ofProcess ? name : nil,
            processID: ofProcess ? 4 : nil,
            run: ofProcess ? RunID(rawValue: 42) : nil,
            kind: kind
        )
        return String(decoding: notice.journalEntry.bytes, as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    @Test func `an end is found by what it was, how it came and who wanted it`() throws {
        let crash = LifecycleNotice.Kind.exited(
            .signaled(.segmentationFault, coreDumped: true),
            uptime: .seconds(3),
            .itself,
            followsOOMKill: false
        )
        #expect(
            try lines(crash) == [
                "MESSAGE=api:1: killed by SIGSEGV (core dumped) after 3 s", "PRIORITY=4",
                "SYSLOG_IDENTIFIER=noviSupervisord", "MESSAGE_ID=25335557b8d743e9bd739379dc863b65",
                "NOVI_EVENT=exited", "NOVI_APP=api", "NOVI_INSTANCE=1", "NOVI_RUN=000000000000002a",
                "NOVI_SIGNAL=SIGSEGV", "NOVI_CORE_DUMPED=true", "NOVI_UPTIME_MS=3000", "NOVI_CAUSE=by itself",
                "NOVI_CAUSE_KIND=itself",
            ]
        )
        let stop = LifecycleNotice.Kind.exited(
            .exited(code: 3),
            uptime: .seconds(3),
            .stopRequested(Self.amara),
            followsOOMKill: false
        )
        let found = try lines(stop)
        #expect(found.contains("PRIORITY=6"))
        #expect(found.contains("NOVI_CODE=3"))
        #expect(found.contains("NOVI_CAUSE_KIND=stop_requested"))
        #expect(found.contains("NOVI_REQUESTED_BY=amara"))
    }

    @Test func `a list becomes one field an element, and nothing becomes no field`() throws {
        #expect(
            try lines(.configurationChanged(fields: ["environment", "memory"])).suffix(2)
                == ["NOVI_CHANGED=environment", "NOVI_CHANGED=memory"]
        )
        let waits = try lines(.waitingToRestart(after: .seconds(1), failures: 2, limit: nil))
        #expect(!waits.contains { $0.hasPrefix("NOVI_LIMIT") })
    }

    @Test func `an event of the supervisor itself names no app`() throws {
        let found = try lines(.shutdownBegan(Self.amara, urgent: false), ofProcess: false)
        #expect(found.first == "MESSAGE=shutdown asked for by amara on /dev/pts/3 (pid 812)")
        #expect(!found.contains { $0.hasPrefix("NOVI_APP") || $0.hasPrefix("NOVI_RUN") })
    }

    @Test func `what Novi will not put right is an error, what it handles a warning`() throws {
        let failure = SpawnFailure(stage: "exec", errorName: "ENOENT", message: "no such program")
        #expect(try lines(.launchFailed(failure)).contains("PRIORITY=3"))
        #expect(try lines(.gaveUp(unstableRuns: 16, window: .seconds(600))).contains("PRIORITY=3"))
        #expect(try lines(.killed(after: .seconds(10))).contains("PRIORITY=4"))
        #expect(try lines(.online(after: .zero)).contains("PRIORITY=6"))
    }

    @Test(arguments: EventCatalogTests.kinds)
    func `every field of every event has a name that journald takes, and none is one of its own`(
        kind: LifecycleNotice.Kind
    ) throws {
        let wanted = kind.fields.filter { $0.value != .null && $0.value != .array([]) }.map(\.key)
        let names = try lines(kind).compactMap { $0.split(separator: "=").first.map(String.init) }
        for name in wanted {
            #expect(names.contains("NOVI_" + name.uppercased()), "\(kind.word)")
        }
        #expect(names.filter { $0 == "MESSAGE_ID" }.count == 1)
        #expect(names.filter { $0 == "NOVI_EVENT" }.count == 1)
        #expect(names.allSatisfy(JournalEntry.isName))
    }

    @Test func `a text from outside cannot add a field`() throws {
        let found = try lines(.ignored("x\nNOVI_APP=other"))
        #expect(!found.contains("NOVI_REASON=x"))
        #expect(found.contains("NOVI_REASON"))
    }
}
