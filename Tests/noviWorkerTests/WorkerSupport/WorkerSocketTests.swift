import Glibc
import Shared
import Synchronization
import Testing

@testable import WorkerSupport

/// A worker socket in this process.
struct ServedSocket {
    let scratch: ScratchFolder
    let path: String
    let board: WorkerStatusBoard
    private let running: Task<Void, any Error>

    /// Serves `com.novi.Worker` and more, or only what is given.
    init(_ extra: [VarlinkInterface] = [], only: [VarlinkInterface]? = nil) async throws {
        scratch = try ScratchFolder()
        path = "\(scratch.path)/worker.sock"
        let log = WorkerLog(app: "test", deployment: .production)
        let reporter = SupervisorReporter(isSupervised: false, watchdogInterval: nil) { _ in }
        board = WorkerStatusBoard(app: "test", reporter: reporter)
        let worker = VarlinkInterface.worker(board: board, cleanup: MemoryCleanup(), log: log) {}
        let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
        let socket = WorkerSocket(
            path: path,
            interfaces: only ?? [worker] + extra,
            version: "1.2.3",
            log: log
        ) {
            isListening.finish()
        }
        running = Task { try await socket.run() }
        for await _ in listening {}
    }

    func call(_ method: String, _ parameters: JSONObject = [:]) async throws -> JSONObject {
        try await VarlinkClient(path: path).call(method, parameters, timeout: .seconds(120))
    }

    func stop() async {
        running.cancel()
        _ = await running.result
    }
}

/// A blocking connection to a Unix socket.
final class RawConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = try unixAddress(path)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw TestFailure("connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Sends bytes; returns whether the peer took them.
    @discardableResult
    func send(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// The next message; `nil` when the peer closed.
    func receive() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 0) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer.append(contentsOf: chunk[..<count])
        }
    }
}

@Suite struct WorkerSocketTests {
    @Test func `introspection tells the interfaces and their texts`() async throws {
        let served = try await ServedSocket()
        let info = try await served.call("org.varlink.service.GetInfo")
        #expect(info["version"]?.stringValue == "1.2.3")
        #expect(info["interfaces"]?.arrayValue == ["com.novi.Worker", "org.varlink.service"])
        let text = try await served.call(
            "org.varlink.service.GetInterfaceDescription",
            ["interface": "com.novi.Worker"]
        )
        #expect(text["description"]?.stringValue == WorkerInterface.description)
        await served.stop()
    }

    @Test(arguments: [
        ("com.novi.Worker.Explode", "org.varlink.service.MethodNotFound"),
        ("com.novi.Unknown.GetStatus", "org.varlink.service.InterfaceNotFound"),
        ("org.varlink.service.Explode", "org.varlink.service.MethodNotFound"),
        ("nonsense", "org.varlink.service.MethodNotFound"),
    ])
    func `unknown methods get the standard error and the connection lives`(
        method: String,
        error: String
    ) async throws {
        let served = try await ServedSocket()
        let path = served.path
        try await blocking {
            let connection = try RawConnection(path)
            connection.send(Array(#"{"method":"\#(method)"}"#.utf8) + [0])
            #expect(connection.receive()?.contains(error) == true)
            connection.send(Array(#"{"method":"com.novi.Worker.GetStatus"}"#.utf8) + [0])
            #expect(connection.receive()?.contains(#""app":"test""#) == true)
        }
        await served.stop()
    }

    @Test func `calls may come byte by byte and several at once`() async throws {
        let served = try await ServedSocket()
        let path = served.path
        try await blocking {
            let connection = try RawConnection(path)
            let call = Array(#"{"method":"com.novi.Worker.GetStatus"}"#.utf8) + [0]
            for byte in call { connection.send([byte]) }
            #expect(connection.receive() != nil)
            connection.send(call + call + call)
            for _ in 0..<3 { #expect(connection.receive()?.contains("starting") == true) }
        }
        await served.stop()
    }

    @Test(arguments: ["this is no JSON\u{0}", "[]\u{0}", #"{"method":1}"# + "\u{0}"])
    func `what is no call ends the connection, not the server`(text: String) async throws {
        let served = try await ServedSocket()
        let path = served.path
        try await blocking {
            let connection = try RawConnection(path)
            connection.send(text.utf8)
            #expect(connection.receive() == nil)
        }
        #expect(try await served.call("com.novi.Worker.GetStatus")["app"]?.stringValue == "test")
        await served.stop()
    }

    @Test func `a message over 5 MiB ends the connection`() async throws {
        let served = try await ServedSocket()
        let path = served.path
        try await blocking {
            let connection = try RawConnection(path)
            var chunks = 0
            while chunks < 200, connection.send([UInt8](repeating: 32, count: 64 << 10)) { chunks += 1 }
            #expect(connection.receive() == nil)
            #expect(chunks < 200)
        }
        #expect(try await served.call("com.novi.Worker.GetStatus")["app"]?.stringValue == "test")
        await served.stop()
    }

    @Test func `a message just under 5 MiB is answered`() async throws {
        let served = try await ServedSocket()
        let filler = String(repeating: "x", count: (5 << 20) - 200)
        let status = try await served.call("com.novi.Worker.GetStatus", ["filler": .string(filler)])
        #expect(status["app"]?.stringValue == "test")
        await served.stop()
    }

    @Test func `subscribers get the status at once and after each change`() async throws {
        let served = try await ServedSocket()
        let path = served.path
        let board = served.board
        try await blocking {
            let connection = try RawConnection(path)
            connection.send(Array(#"{"method":"com.novi.Worker.Subscribe","more":true}"#.utf8) + [0])
            let first = connection.receive() ?? ""
            #expect(first.contains(#""state":"starting""#) && first.contains(#""continues":true"#))
            board.update(state: "ready", isReady: true)
            #expect(connection.receive()?.contains(#""state":"ready""#) == true)
        }
        await served.stop()
    }

    @Test func `a oneway call gets no reply`() async throws {
        let served = try await ServedSocket()
        let path = served.path
        try await blocking {
            let connection = try RawConnection(path)
            connection.send(Array(#"{"method":"com.novi.Worker.GetStatus","oneway":true}"#.utf8) + [0])
            connection.send(Array(#"{"method":"org.varlink.service.GetInfo"}"#.utf8) + [0])
            #expect(connection.receive()?.contains("noviWorker") == true)
        }
        await served.stop()
    }

    @Test func `the socket is for its owner alone, replaces a stale one and goes at the end`() async throws {
        let scratch = try ScratchFolder()
        let path = try scratch.file("worker.sock", "stale")
        let log = WorkerLog(app: "test", deployment: .production)
        let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
        let socket = WorkerSocket(path: path, interfaces: [], version: "1", log: log) { isListening.finish() }
        let running = Task { try await socket.run() }
        for await _ in listening {}
        let listing = "\(scratch.path)/listing"
        try await runToEnd(["/usr/bin/stat", "-c", "%F %a", path], logPath: listing)
        #expect(text(of: listing) == "socket 600\n")
        running.cancel()
        _ = await running.result
        #expect(access(path, F_OK) != 0)
    }

    @Test func `more connections than allowed are closed, the others live`() async throws {
        let served = try await ServedSocket()
        let path = served.path
        try await blocking {
            let call = Array(#"{"method":"com.novi.Worker.GetStatus"}"#.utf8) + [0]
            let connections = try (0..<64).map { _ in try RawConnection(path) }
            for connection in connections {
                connection.send(call)
                #expect(connection.receive() != nil)
            }
            let surplus = try RawConnection(path)
            surplus.send(call)
            #expect(surplus.receive() == nil)
            connections[0].send(call)
            #expect(connections[0].receive() != nil)
        }
        await served.stop()
    }

    @Test(.enabled(if: geteuid() == 0))
    func `another user gets no answer`() async throws {
        let served = try await ServedSocket()
        chmod(served.path, 0o666)
        let other = TestUser(user: 65_534, group: 65_534)
        let script = """
            use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un("\(served.path)")) or exit 3;
            syswrite(S, "{\\"method\\":\\"com.novi.Worker.GetStatus\\"}\\0"); exit(sysread(S, $b, 100) ? 0 : 9);
            """
        let ask = ["/usr/bin/perl", "-e", script]
        #expect(try await runToEnd(ask) == 0)
        #expect(try await runToEnd(other.command(ask)) == 9)
        await served.stop()
    }
}

@Suite struct VarlinkClientTests {
    @Test func `nobody there is told at once`() async throws {
        let scratch = try ScratchFolder()
        let failure = await #expect(throws: VarlinkClient.Failure.self) {
            try await VarlinkClient(path: "\(scratch.path)/none").call("a.B", timeout: .seconds(120))
        }
        guard case .unreachable = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func `a worker that hangs costs the deadline and no more`() async throws {
        let hanging = VarlinkInterface(
            name: "com.novi.Hanging",
            description: "interface com.novi.Hanging\nmethod Wait() -> ()\n",
            methods: [
                "Wait": { _ in
                    try await Task.sleep(for: .seconds(600))
                    return [:]
                }
            ]
        )
        let served = try await ServedSocket([hanging])
        let begin = ContinuousClock.now
        await #expect(throws: VarlinkClient.Failure.timedOut) {
            try await VarlinkClient(path: served.path).call(
                "com.novi.Hanging.Wait",
                timeout: .milliseconds(200)
            )
        }
        // Far from the ten minutes that the worker would take, however busy the machine is.
        #expect(ContinuousClock.now - begin < .seconds(60))
        await served.stop()
    }

    @Test func `an error of the worker comes as it is`() async throws {
        let served = try await ServedSocket()
        await #expect(
            throws: VarlinkClient.Failure.refused(
                VarlinkFailure("org.varlink.service.InvalidParameter", ["parameter": "interface"])
            )
        ) {
            try await VarlinkClient(path: served.path)
                .call("org.varlink.service.GetInterfaceDescription", timeout: .seconds(60))
        }
        await served.stop()
    }
}
