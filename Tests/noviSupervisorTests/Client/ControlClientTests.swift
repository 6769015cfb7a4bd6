import Foundation
import LinuxSystem
import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct ControlClientTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    private func failure(_ body: () throws(CommandFailure) -> Void) -> CommandFailure? {
        do throws(CommandFailure) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// What the client makes of one reply.
    private func failure(of reply: VarlinkReply) throws -> CommandFailure? {
        let daemon = try FakeDaemon(layout, [.replies([reply])])
        let client = try ControlClient(daemon.layout)
        return failure { () throws(CommandFailure) in _ = try client.call("Ping") }
    }

    @Test func `a call names the interface, and its answer comes back in any pieces`() throws {
        let reply = VarlinkReply(parameters: ["home": "/h", "text": "ü – 日本"])
        let daemon = try FakeDaemon(layout, [.replies([reply], pieces: 1)])
        let client = try ControlClient(layout)
        let parameters = try client.call("Ping", ["a": 1])
        #expect(parameters == reply.parameters)
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.Ping"])
        #expect(daemon.calls.first?.parameters == ["a": 1])
    }

    @Test func `pages of a list become one list`() throws {
        let pages = [
            VarlinkReply(parameters: ["daemon": ["pid": 1], "processes": [["name": "a"]]], continues: true),
            VarlinkReply(parameters: ["daemon": ["pid": 1], "processes": [["name": "b"]]]),
        ]
        let daemon = try FakeDaemon(layout, [.replies(pages, pieces: 7)])
        let client = try ControlClient(layout)
        let (head, processes) = try Listing.everything(client, nil)
        #expect(processes.map { $0["name"]?.stringValue } == ["a", "b"])
        #expect(head["pid"]?.integerValue == 1)
        #expect(daemon.calls.first?.more == true)
    }

    @Test(
        arguments: [
            (
                "com.novi.Supervisor.UnknownProcess", ["selection": "wbe", "suggestion": "web"], 4,
                "did you mean \"web\"?"
            ),
            ("com.novi.Supervisor.UnknownProcess", ["selection": "wbe", "suggestion": nil], 4, "\"wbe\""),
            (
                "com.novi.Supervisor.TimedOut",
                [
                    "outcomes": [["process": "db", "id": 0, "result": "already_running"]],
                    "waiting": ["api", "web"],
                ], 75,
                "still waiting for api, web\n  done: db already running"
            ),
            ("com.novi.Supervisor.ShuttingDown", [:], 69, "shutting down"),
            ("com.novi.Supervisor.InvalidRequest", ["reason": "no instances left"], 1, "no instances left"),
            ("com.novi.Supervisor.InvalidDefinition", ["problems": ["p1", "p2"]], 78, "p1\n  p2"),
            ("org.varlink.service.PermissionDenied", [:], 77, "another user"),
            ("org.varlink.service.InvalidParameter", ["parameter": "wait"], 1, "\"wait\""),
            ("org.varlink.service.MethodNotFound", ["method": "x"], 1, "older version"),
            ("org.example.Surprise", [:], 1, "org.example.Surprise"),
        ] as [(String, JSONObject, Int32, String)]
    )
    func `errors of the daemon become a status and a message`(
        error: String,
        parameters: JSONObject,
        status: Int32,
        text: String
    ) throws {
        let failure = try failure(of: VarlinkReply(parameters: parameters, error: error))
        #expect(failure?.status.rawValue == status)
        #expect(failure?.message.contains(text) == true, "\(failure?.message ?? "no failure")")
    }

    @Test func `a daemon that says nothing ends the call at its deadline`() throws {
        let daemon = try FakeDaemon(layout, [.silence])
        let client = try ControlClient(daemon.layout)
        let failure = failure { () throws(CommandFailure) in
            _ = try client.call("Ping", deadline: .milliseconds(50))
        }
        #expect(failure?.status == .timedOut)
        #expect(failure?.message.contains("50 ms") == true)
    }

    @Test(arguments: [("List", "it is very busy or hangs"), ("Stop", "what was asked may still be done")])
    func `only a command that changes something may still be done after its deadline`(
        method: String,
        hint: String
    ) throws {
        let daemon = try FakeDaemon(layout, [.silence])
        let client = try ControlClient(daemon.layout)
        let failure = failure { () throws(CommandFailure) in
            _ = try client.call(method, deadline: .milliseconds(50))
        }
        #expect(failure?.message.contains("hint: \(hint)") == true, "\(failure?.message ?? "no failure")")
    }

    @Test func `the questions of a command keep to its timeout`() throws {
        let daemon = try FakeDaemon(layout, [.silence])
        let start = ContinuousClock.now
        let failure = failure { () throws(CommandFailure) in
            _ = try StartTarget.resolve(["z"], [], daemon.layout, Patience(.milliseconds(100)))
        }
        #expect(failure?.status == .timedOut)
        #expect(failure?.message.contains("did not answer within 100 ms") == true)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `a call ends with the patience of its command`() throws {
        let daemon = try FakeDaemon(layout, [.silence])
        var patience = Patience(.seconds(60))
        patience.end = Clocks.monotonicNanoseconds() + 50_000_000
        let client = try ControlClient(daemon.layout, patience)
        let failure = failure { () throws(CommandFailure) in
            _ = try client.call("Stop", deadline: .seconds(60))
        }
        #expect(failure?.status == .timedOut)
    }

    @Test func `half an answer is no answer`() throws {
        let half = VarlinkReply(parameters: ["a": 1]).encoded().dropLast(3)
        let daemon = try FakeDaemon(layout, [.bytes(Array(half))])
        let client = try ControlClient(daemon.layout)
        let failure = failure { () throws(CommandFailure) in
            _ = try client.call("Ping", deadline: .milliseconds(50))
        }
        #expect(failure?.status == .timedOut)
    }

    @Test func `a stream that never ends is cut at the deadline`() throws {
        let endless = (0..<5).map { VarlinkReply(parameters: ["n": .integer($0)], continues: true) }
        let daemon = try FakeDaemon(layout, [.replies(endless)])
        let client = try ControlClient(daemon.layout)
        var count = 0
        let failure = failure { () throws(CommandFailure) in
            try client.callForMany("List", deadline: .milliseconds(100)) { _ in count += 1 }
        }
        #expect(failure?.status == .timedOut)
        #expect(count == 5)
    }

    @Test(arguments: [[], Array("{\"parameters\":".utf8)])
    func `a daemon that hangs up is told with what to do`(bytes: [UInt8]) throws {
        let daemon = try FakeDaemon(layout, [.bytesThenClose(bytes)])
        let client = try ControlClient(daemon.layout)
        let failure = failure { () throws(CommandFailure) in _ = try client.call("Stop") }
        #expect(failure?.status == .noDaemon)
        #expect(failure?.message.contains("hint: ") == true)
    }

    @Test func `a question is asked again when the daemon dies over it, a command is not`() throws {
        let reply = VarlinkReply(parameters: ["home": "/h"])
        let daemon = try FakeDaemon(layout, [.closeOnce, .closeOnce, .replies([reply]), .closeOnce])
        let client = try ControlClient(daemon.layout)
        #expect(try client.call("Ping") == reply.parameters)
        let failure = failure { () throws(CommandFailure) in _ = try client.call("Stop") }
        #expect(failure?.status == .noDaemon)
        #expect(
            daemon.calls.map(\.method) == Array(repeating: "com.novi.Supervisor.Ping", count: 3)
                + ["com.novi.Supervisor.Stop"]
        )
    }

    @Test(arguments: ["nonsense", "[]", "{\"error\":1}", "{\"continues\":7}", "{\"parameters\":[]}", ""])
    func `an answer that makes no sense is a failure, not a crash`(text: String) throws {
        let daemon = try FakeDaemon(layout, [.bytes(Array(text.utf8) + [0])])
        let client = try ControlClient(daemon.layout)
        let failure = failure { () throws(CommandFailure) in
            _ = try client.call("Ping", deadline: .milliseconds(200))
        }
        #expect(failure != nil)
    }

    @Test func `a daemon that takes nothing does not hang a large request`() throws {
        let daemon = try FakeDaemon(layout, [], takesCalls: false)
        let client = try ControlClient(daemon.layout)
        let large = JSONValue.string(String(repeating: "x", count: 4 << 20))
        let failure = failure { () throws(CommandFailure) in
            _ = try client.call("Apply", ["apps": [large]], deadline: .milliseconds(100))
        }
        #expect(failure?.status == .timedOut)
    }

    @Test func `no socket, and a socket that nobody serves, are status 69`() throws {
        for makesStaleSocket in [false, true] {
            if makesStaleSocket {
                // A daemon that was killed leaves its socket behind.
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &address.sun_path) { buffer in
                    buffer.copyBytes(from: Array(layout.controlSocket.utf8))
                }
                let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
                let bound = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        bind(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                    }
                }
                #expect(bound == 0)
                close(fd)
            }
            let failure = failure { () throws(CommandFailure) in _ = try ControlClient(layout) }
            #expect(failure?.status == .noDaemon)
            #expect(failure?.message.contains("noviSupervisor start") == true)
        }
    }

    @Test func `a daemon that comes back within two seconds is waited for`() throws {
        let layout = layout
        let later = Thread {
            usleep(150_000)
            let daemon = try? FakeDaemon(layout, [.replies([VarlinkReply(parameters: ["home": "/h"])])])
            withExtendedLifetime(daemon) { _ = usleep(3_000_000) }
        }
        later.start()
        let client = try DaemonConnection.connect(layout) { _ in true }
        let reply = try client.call("Ping")
        #expect(reply["home"]?.stringValue == "/h")
    }
}
