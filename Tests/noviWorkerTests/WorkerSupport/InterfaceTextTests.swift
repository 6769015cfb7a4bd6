import Shared
import Testing

@testable import WorkerSupport
@testable import noviWorker

/// What a worker tells of its interfaces is what it serves.
@Suite struct InterfaceTextTests {
    private func check(_ interface: VarlinkInterface) throws {
        let described = try VarlinkInterfaceDescription(parsing: interface.description)
        #expect(described.name == interface.name)
        #expect(Set(described.methods.keys) == Set(interface.methods.keys))
    }

    @Test func `every interface serves the methods that its text describes, and no other`() async throws {
        let reporter = SupervisorReporter(isSupervised: false, watchdogInterval: nil) { _ in }
        let worker = VarlinkInterface.worker(
            board: WorkerStatusBoard(app: "test", reporter: reporter),
            cleanup: MemoryCleanup(),
            log: WorkerLog(app: "test", deployment: .production)
        ) {}
        try check(worker)
        try check(await WorkerFaults(cleanup: MemoryCleanup()).interface)
        let talk = try await Conversation()
        let phone = SimulatorProvider(intake: talk.inbox, phone: SimulatedPhone(directory: nil))
        try check(SimulatorInterface(phone, talk.pool).interface)
        let bridge = Bridge.test(phone, talk.pool)
        try check(BridgeInterface(bridge, phone, talk.pool, Wakeup()).interface)
    }

    @Test func `an error that a worker answers is one of its text, with its fields`() async throws {
        let described = try VarlinkInterfaceDescription(parsing: WorkerFaultsInterface.description)
        let faults = await WorkerFaults(cleanup: MemoryCleanup()).interface
        let allocate = try #require(faults.methods["AllocateMemory"])
        let parameters: JSONObject = ["bytes": .integer(.max), "evictable": true]
        let failure = await #expect(throws: VarlinkFailure.self) {
            _ = try await allocate(VarlinkInvocation(parameters: parameters, wantsMore: false) { _ in })
        }
        let fields = try #require(described.errors["OutOfMemory"])
        #expect(failure?.name == "com.novi.WorkerFaults.OutOfMemory")
        let told = try #require(failure).parameters
        #expect(described.mismatches(of: told, with: fields) == [])
        #expect(
            try VarlinkInterfaceDescription(parsing: WorkerInterface.description).errors["NotSupported"]
                != nil
        )
        let simulator = try VarlinkInterfaceDescription(parsing: WhatsAppSimulatorInterface.description)
        #expect(simulator.errors["Overloaded"]?.isEmpty == true)
    }
}
