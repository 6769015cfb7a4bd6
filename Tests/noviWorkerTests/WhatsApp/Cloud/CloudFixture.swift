import Shared
import Testing
import WhatsAppCloud
import WorkerSupport

@testable import noviWorker

/// A provider whose Meta is the stand-in.
struct CloudFixture {
    let meta: MetaStandIn
    let intake = NotedIntake()
    let provider: CloudProvider

    static let appSecret = "app-secret-for-tests"

    init(
        _ change: (inout CloudSettings) -> Void = { _ in },
        personChanged: CloudProvider.PersonChange? = nil
    ) async throws {
        meta = try await MetaStandIn()
        var settings = CloudSettings(
            numberID: MetaStandIn.numberID,
            token: Secret(MetaStandIn.token),
            appSecret: Secret(Self.appSecret),
            verifyToken: Secret("ours")
        )
        settings.baseURL = meta.baseURL
        settings.requestTime = .seconds(60)
        change(&settings)
        provider = CloudProvider(
            settings: settings,
            intake: intake,
            log: WorkerLog(app: "test", deployment: .production),
            personChanged: personChanged
        )
    }

    /// Starts the provider and waits for what it says of the link.
    @discardableResult
    func start() async throws -> ConnectionMachine.Event? {
        try await provider.start()
        return await nextEvent()
    }

    func nextEvent() async -> ConnectionMachine.Event? {
        for await event in provider.events { return event }
        return nil
    }

    func close() async {
        await provider.stop()
        await meta.close()
    }

    /// A message within the 24 hours.
    static func message(
        _ text: String? = "Order QWE-20260610-001 received.",
        to chat: String = "2348030001122",
        template: JSONValue? = nil,
        isWithinWindow: Bool = true
    ) -> OutgoingMessage {
        OutgoingMessage(
            id: "7f3a",
            chat: chat,
            text: text,
            template: template,
            replyTo: "wamid.TEST0001",
            isWithinWindow: isWithinWindow
        )
    }
}
