import Shared
import Testing

@testable import WorkerSupport

@Suite struct MemoryTests {
    private static let size: Int64 = 200 << 20

    private func memory(_ reply: JSONObject, _ name: String) -> Int64 {
        reply["memory"]?[name]?.integerValue ?? -1
    }

    @Test func `cleanup frees what can be evicted and lowers resident memory; the rest stays`() async throws {
        let worker = try await WorkerProgram()
        let program = try worker.start(
            "whatsapp",
            extra: ["NOVI_FAULTS": "1", "DATABASE_URL": try await NoviDatabase.lastingURL()]
        )
        try await eventually("ready") { worker.notifications.messages.contains("READY=1") }
        let client = worker.client("whatsapp")
        func call(_ method: String, _ parameters: JSONObject = [:]) async throws -> JSONObject {
            try await client.call(method, parameters, timeout: .seconds(20))
        }
        for evictable in [true, false] {
            let held = try await call(
                "com.novi.WorkerFaults.AllocateMemory",
                ["bytes": .integer(Self.size), "evictable": .bool(evictable)]
            )
            #expect(held["held_bytes"]?.integerValue == (evictable ? 1 : 2) * Self.size)
        }
        let full = try await call("com.novi.Worker.GetStatus")
        #expect(memory(full, "heap_used_bytes") > 2 * Self.size)
        #expect(memory(full, "rss_bytes") > 2 * Self.size)
        let cleanup = try await call("com.novi.Worker.Cleanup")
        let before = try #require(cleanup["before"]?["rss_bytes"]?.integerValue)
        let after = try #require(cleanup["after"]?["rss_bytes"]?.integerValue)
        #expect(before - after > Self.size * 9 / 10)
        #expect(after > Self.size)
        _ = try await call("com.novi.WorkerFaults.FreeMemory")
        #expect(memory(try await call("com.novi.Worker.GetStatus"), "heap_used_bytes") < Self.size)
        program.kill()
    }

    @Test func `a question that was answered is forgotten`() async throws {
        let worker = try await WorkerProgram()
        let program = try worker.start(
            "whatsapp",
            extra: ["DATABASE_URL": try await NoviDatabase.lastingURL()]
        )
        try await eventually("ready") { worker.notifications.messages.contains("READY=1") }
        let client = worker.client("whatsapp")
        func heap() async throws -> Int64 {
            memory(
                try await client.call("com.novi.Worker.GetStatus", timeout: .seconds(30)),
                "heap_used_bytes"
            )
        }
        for _ in 0..<200 { _ = try await heap() }
        let before = try await heap()
        let questions: Int64 = 2000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<(questions / 4) { _ = try await heap() } }
            }
            try await group.waitForAll()
        }
        let perQuestion = (try await heap() - before) / questions
        #expect(perQuestion < 500, "\(perQuestion) bytes of each question stay")
        program.kill()
    }

    @Test func `the fault interface is there only when asked for`() async throws {
        let worker = try await WorkerProgram()
        let program = try worker.start(
            "whatsapp",
            extra: ["DATABASE_URL": try await NoviDatabase.lastingURL()]
        )
        try await eventually("ready") { worker.notifications.messages.contains("READY=1") }
        await #expect(throws: VarlinkClient.Failure.self) {
            try await worker.client("whatsapp").call("com.novi.WorkerFaults.FreeMemory", timeout: .seconds(5))
        }
        program.kill()
    }

    @Test func `external memory is what is resident beyond the heap, never negative`() {
        #expect(MemoryFigures(heapUsed: 30, heapTotal: 50, resident: 100).external == 70)
        #expect(MemoryFigures(heapUsed: 200, heapTotal: 300, resident: 100).external == 0)
        let now = MemoryFigures.now()
        #expect(now.heapUsed > 0 && now.heapTotal >= now.heapUsed && now.resident > 0)
    }

    @Test func `a ring keeps the newest items in order`() {
        var ring = RecentItems<Int>(capacity: 3)
        for number in 1...5 { ring.append(number) }
        #expect(ring.items == [3, 4, 5])
        ring.keepNewest(2)
        #expect(ring.items == [4, 5])
        ring.append(6)
        ring.append(7)
        #expect(ring.items == [5, 6, 7])
    }

    @Test func `times are RFC 3339 in UTC`() {
        #expect(Timestamp.text(seconds: 0, milliseconds: 7) == "1970-01-01T00:00:00.007Z")
        #expect(Timestamp.text(seconds: 1_781_080_200, milliseconds: 125) == "2026-06-10T08:30:00.125Z")
    }
}
