import Foundation
import Shared
import Testing

@testable import noviSupervisor

/// `cleanup …` against a daemon and workers that answer by script.
@Suite struct CleanupCommandTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    private func daemon(_ processes: [(app: String, instance: Int)]) throws -> FakeDaemon {
        let list = processes.map { process -> JSONValue in
            [
                "name": .string(process.app), "instance": .integer(Int64(process.instance)), "id": 0,
                "pid": process.app == "off" ? .null : 1,
            ]
        }
        let reply = VarlinkReply(parameters: ["schema": 1, "daemon": .null, "processes": .array(list)])
        return try FakeDaemon(layout, [.replies([reply])])
    }

    private func worker(_ name: String, _ reply: VarlinkReply) throws -> FakeDaemon {
        try makeFolder("\(layout.applicationRunDirectory)/\(name)")
        return try FakeDaemon(
            layout,
            [.replies([reply])],
            at: "\(layout.applicationRunDirectory)/\(name)/worker.sock"
        )
    }

    private static func memory(_ heap: Int64) -> JSONValue {
        ["heap_used_bytes": .integer(heap), "heap_total_bytes": 0, "external_bytes": 0, "rss_bytes": 0]
    }

    private func run(_ line: String) throws -> CommandLineRun.Result {
        try CommandLineRun.shell(line, environment: ["NOVI_HOME": folder.path])
    }

    @Test func `each worker is asked on its own socket, and the heap is told before and after`() throws {
        let daemon = try daemon([("api", 0), ("api", 1)])
        let first = try worker(
            "api-0",
            VarlinkReply(parameters: ["before": Self.memory(8 << 20), "after": Self.memory(3 << 20)])
        )
        let second = try worker(
            "api-1",
            VarlinkReply(parameters: ["before": Self.memory(5 << 20), "after": Self.memory(5 << 20)])
        )
        let result = try run("$N cleanup api")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "api: heap 8.0 MiB, now 3.0 MiB\napi:1: heap 5.0 MiB, now 5.0 MiB\n")
        #expect(first.calls.map(\.method) == ["com.novi.Worker.Cleanup"])
        #expect(second.calls.map(\.method) == ["com.novi.Worker.Cleanup"])
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.List"])
    }

    @Test func `one that is no worker is named, and the others are asked all the same`() throws {
        let daemon = try daemon([("web", 0), ("api", 0)])
        let worker = try worker(
            "api-0",
            VarlinkReply(parameters: ["before": Self.memory(8 << 20), "after": Self.memory(3 << 20)])
        )
        let result = try run("$N cleanup all")
        #expect(result.status == 69)
        #expect(result.output == "api: heap 8.0 MiB, now 3.0 MiB\n")
        #expect(result.errors == "noviSupervisor: web is no Novi worker\n")
        #expect(worker.calls.count == 1)
        #expect(daemon.calls.count == 1)
    }

    @Test func `several that are no workers end with the status of one`() throws {
        let daemon = try daemon([("web", 0), ("web", 1), ("off", 0)])
        let result = try run("$N cleanup all")
        #expect(result.status == 69)
        #expect(
            result.errors == """
                noviSupervisor: web is no Novi worker
                noviSupervisor: web:1 is no Novi worker
                noviSupervisor: off does not run

                """
        )
        #expect(daemon.calls.count == 1)
    }

    @Test func `failures of different kinds are a failure`() throws {
        let daemon = try daemon([("web", 0), ("api", 0)])
        let worker = try worker("api-0", VarlinkReply(parameters: [:], error: "com.novi.Worker.Overloaded"))
        let result = try run("$N cleanup all")
        #expect(result.status == 1, "\(result.errors)")
        #expect(worker.calls.count == 1)
        #expect(daemon.calls.count == 1)
    }
}
