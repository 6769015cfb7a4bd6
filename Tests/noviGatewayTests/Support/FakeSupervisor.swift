import Foundation
import ServiceLifecycle
import Shared
import Synchronization

@testable import WorkerSupport

/// Answers on a control socket as a daemon would, with what a test put there.
final class FakeSupervisor: Sendable {
    private struct Contents {
        var processes: [JSONObject] = []
        var events: [JSONObject] = []
        var followers: [Int: AsyncStream<JSONObject>.Continuation] = [:]
        var nextFollower = 0
        var calls: [String] = []
        var logFiles: [JSONValue] = []
    }

    private let contents = Mutex(Contents())
    private let path: String
    private let task = Mutex<Task<Void, any Error>?>(nil)

    init(run directory: String) {
        path = "\(directory)/control.sock"
    }

    deinit { task.withLock { $0?.cancel() } }

    /// The methods that were called, with the first process named.
    var calls: [String] { contents.withLock { $0.calls } }

    func set(_ processes: [JSONObject]) { contents.withLock { $0.processes = processes } }
    func set(logFiles: [JSONValue]) { contents.withLock { $0.logFiles = logFiles } }

    /// Tells an event to all who follow.
    func tell(_ event: JSONObject) {
        let followers = contents.withLock { contents in
            contents.events.append(event)
            return contents.followers.values
        }
        for follower in followers { follower.yield(event) }
    }

    /// Begins to answer; returns once it does.
    func start() async throws {
        let environment = WorkerLog(app: "fake", deployment: .production)
        let (listening, began) = AsyncStream.makeStream(of: Void.self)
        let socket = WorkerSocket(path: path, interfaces: [interface], version: "0", log: environment) {
            began.yield()
            began.finish()
        }
        let running = Task { try await socket.run() }
        task.withLock { $0 = running }
        for await _ in listening {}
    }

    /// Goes away as a daemon that dies.
    func stop() async {
        let running = task.withLock { task in
            defer { task = nil }
            return task
        }
        running?.cancel()
        _ = try? await running?.value
        contents.withLock { contents in
            for follower in contents.followers.values { follower.finish() }
            contents.followers = [:]
        }
    }

    private var interface: VarlinkInterface {
        let change: VarlinkInterface.Method = { [weak self] invocation in
            let name = invocation.parameters["select"]?.arrayValue?.first?.stringValue ?? ""
            self?.contents.withLock { $0.calls.append("change \(name)") }
            let outcome: JSONObject = ["process": .string(name), "id": 1, "result": "restarted"]
            return ["outcomes": .array([.object(outcome)])]
        }
        return VarlinkInterface(
            name: SupervisorInterface.name,
            description: SupervisorInterface.description,
            methods: [
                "List": { [weak self] _ in
                    let processes = self?.contents.withLock { contents in
                        contents.calls.append("List")
                        return contents.processes
                    }
                    return [
                        "schema": 1, "daemon": ["pid": 1, "version": "0.1.0", "uptime_ms": 5000],
                        "processes": .array((processes ?? []).map { .object($0) }),
                    ]
                },
                "Describe": { [weak self] _ in
                    let processes = self?.contents.withLock { $0.processes } ?? []
                    let descriptions = processes.map { process -> JSONValue in
                        ["process": .object(process), "dropped_lines": 7, "dropped_bytes": 700]
                    }
                    return ["descriptions": .array(descriptions)]
                },
                "GetLogFiles": { [weak self] _ in
                    ["files": .array(self?.contents.withLock { $0.logFiles } ?? [])]
                },
                "Events": { [weak self] invocation in
                    guard let self else { return [:] }
                    let (stream, continuation) = AsyncStream.makeStream(of: JSONObject.self)
                    let (number, past) = contents.withLock { contents in
                        contents.nextFollower += 1
                        contents.followers[contents.nextFollower] = continuation
                        return (contents.nextFollower, contents.events)
                    }
                    defer { _ = contents.withLock { $0.followers.removeValue(forKey: number) } }
                    for event in past { try await invocation.reply(["event": .object(event)]) }
                    for await event in stream { try await invocation.reply(["event": .object(event)]) }
                    return [:]
                },
                "Restart": change, "Stop": change, "Start": change,
            ]
        )
    }

    /// A process as `List` tells it.
    static func process(
        _ name: String,
        id: Int64 = 0,
        state: String = "online",
        isAsWanted: Bool = true,
        reason: String? = nil,
        whatsapp: String? = nil
    ) -> JSONObject {
        let isOnline = state == "online"
        return [
            "name": .string(name), "instance": 0, "id": .integer(id), "namespace": "novi",
            "state": .string(state), "as_wanted": .bool(isAsWanted),
            "pid": isOnline ? .integer(100 + id) : .null,
            "uptime_ms": isOnline ? 61_000 : .null, "restarts": 2,
            "cpu_percent": isOnline ? .number(3.5) : .null, "memory_bytes": isOnline ? 52_428_800 : .null,
            "heap_used_bytes": isOnline ? 2_097_152 : .null, "reason": reason.map { .string($0) } ?? .null,
            "status_text": .null, "whatsapp": whatsapp.map { .string($0) } ?? .null,
        ]
    }

    /// An event that happened so many seconds ago.
    static func event(
        _ word: String,
        of process: String,
        secondsAgo: Double,
        _ message: String,
        _ fields: JSONObject = [:]
    ) -> JSONObject {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return [
            "sequence": 1, "time": .string(formatter.string(from: Date(timeIntervalSinceNow: -secondsAgo))),
            "process": .string(process), "id": 0, "run": "000660fdd08f5ac3", "event": .string(word),
            "message": .string(message), "fields": .object(fields),
        ]
    }
}
