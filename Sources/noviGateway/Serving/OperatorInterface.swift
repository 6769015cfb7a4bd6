import Observation
import Shared
import WorkerSupport

/// `com.novi.Gateway`: alerts and capacity, for those who look after the machine.
struct OperatorInterface: Sendable {
    let watch: AlertWatch
    let capacity: CapacityReading

    /// The longest silence, in seconds.
    static let longestSilence: Int64 = 30 * 86_400

    /// What is served.
    var interface: VarlinkInterface {
        VarlinkInterface(
            name: GatewayInterface.name,
            description: GatewayInterface.description,
            methods: [
                "Capacity": { invocation in
                    let range = 1...CapacityReading.longestDays
                    guard invocation.parameters["days"].map({ $0 == .null }) ?? true else {
                        return await capacity.json(days: try number("days", invocation, range))
                    }
                    return await capacity.json(days: CapacityReading.usualDays)
                },
                "Alerts": { _ in await watch.json },
                "Acknowledge": { try await acknowledge($0) },
                "Silence": { try await silence($0) },
                "EndSilence": { invocation in
                    let id = try number("id", invocation, 1...Int64(Int32.max))
                    guard await watch.endSilence(Int(id)) else {
                        throw Self.notFound("there is no silence \(id)")
                    }
                    return [:]
                },
                "TestSink": { invocation in
                    do {
                        let failure = try await watch.test(invocation.text("name"))
                        return ["failure": failure.map { .string($0) } ?? .null]
                    } catch let failure as AlertFailure {
                        throw Self.notFound("\(failure)")
                    }
                },
            ]
        )
    }

    private static func notFound(_ reason: String) -> VarlinkFailure {
        VarlinkFailure("\(GatewayInterface.name).NotFound", ["reason": .string(reason)])
    }

    private func number(
        _ name: String,
        _ invocation: VarlinkInvocation,
        _ range: ClosedRange<Int64>
    ) throws -> Int64 {
        guard let number = invocation.parameters[name]?.integerValue, range.contains(number) else {
            throw VarlinkFailure.invalidParameter(name)
        }
        return number
    }

    private func acknowledge(_ invocation: VarlinkInvocation) async throws -> JSONObject {
        let id = try number("id", invocation, 1...Int64(Int32.max))
        let name = String(try invocation.text("by").prefix(100))
        guard await watch.acknowledge(Int(id), by: name) else {
            throw Self.notFound("there is no alert \(id)")
        }
        return [:]
    }

    private func silence(_ invocation: VarlinkInvocation) async throws -> JSONObject {
        let word = try invocation.optionalText("type")
        let type = word.flatMap(AlertType.init)
        guard word == nil || type != nil else { throw VarlinkFailure.invalidParameter("type") }
        let seconds = try number("seconds", invocation, 1...Self.longestSilence)
        let reason = String(try invocation.text("reason").prefix(500))
        let silence = await watch.silence(
            type,
            app: try invocation.optionalText("app"),
            for: seconds,
            reason: reason
        )
        return ["silence": .object(silence.json)]
    }
}
