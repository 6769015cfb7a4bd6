import Foundation
import Testing

/// The built noviGateway beside a fake supervisor; ended with the test.
final class GatewayProgram: @unchecked Sendable {
    let scratch: ScratchFolder
    let supervisor: FakeSupervisor
    private(set) var port: UInt16 = 0
    private let process = Process()
    private let log: String

    /// Starts it on a port that the kernel chooses, unless told otherwise, and waits until it listens.
    init(_ environment: [String: String] = [:], listen: String = "tcp://127.0.0.1:0") async throws {
        signal(SIGPIPE, SIG_IGN)
        scratch = try ScratchFolder()
        let run = try scratch.folder("run")
        supervisor = FakeSupervisor(run: run)
        supervisor.set([
            FakeSupervisor.process("api"),
            FakeSupervisor.process(
                "reports",
                id: 1,
                state: "errored",
                isAsWanted: false,
                reason: "gave up after 3 short runs: exited by itself with code 78 after 14 ms"
            ),
        ])
        try await supervisor.start()
        log = try scratch.file("gateway.log", "")
        let handle = try #require(FileHandle(forWritingAtPath: log))
        process.executableURL = URL(fileURLWithPath: "\(programs)/noviGateway")
        process.arguments = ["--listen", listen.replacing("SCRATCH", with: scratch.path)]
        process.environment = environment.merging([
            "NOVI_RUN_DIRECTORY": run, "NOVI_HOME": scratch.path, "NOVI_APP": "gateway",
            "NOVI_DATA_DIRECTORY": try scratch.folder("data"), "PATH": "/usr/bin:/bin",
        ]) { own, _ in own }
        process.standardInput = FileHandle.nullDevice
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        try await eventually("the gateway listens: \(text)") {
            guard process.isRunning else { throw TestFailure("the gateway ended: \(text)") }
            return text.contains("listening on")
        }
        if let word = text.split(separator: "port ").dropFirst().first?.prefix(while: { $0.isNumber }) {
            port = UInt16(word) ?? 0
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Its log so far.
    var text: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Asks it to end; returns its exit code.
    func end() async throws -> Int32 {
        process.terminate()
        try await eventually("the gateway ends: \(text)") { !process.isRunning }
        return process.terminationStatus
    }

    /// Asks over a connection of its own.
    func get(
        _ path: String,
        _ headers: [String: String] = [:],
        method: String = "GET",
        body: String? = nil
    ) async throws -> HTTPAnswer {
        let port = port
        return try await Self.blocking {
            let connection = try HTTPConnection(port: port)
            try connection.send(method, path, headers, body)
            return try connection.answer()
        }
    }

    static func blocking<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: .init(catching: work)) }.start()
        }
    }
}
