import Shared
import WorkerSupport

extension SimulatorProvider {
    /// `com.novi.WhatsAppSimulator`: what the simulated phone does, by hand.
    var interface: VarlinkInterface {
        VarlinkInterface(
            name: WhatsAppSimulatorInterface.name,
            description: WhatsAppSimulatorInterface.description,
            methods: [
                "Say": { [self] invocation in
                    let text = try invocation.text("text")
                    guard !text.isEmpty, text.utf8.count <= Limits.messageBytes else {
                        throw VarlinkFailure.invalidParameter("text")
                    }
                    return try happen(
                        .message(
                            text: text,
                            from: try invocation.optionalText("from"),
                            chat: try invocation.optionalText("chat")
                        )
                    )
                },
                "Qr": { [self] _ in try happen(.connection(.qrShown)) },
                "Ready": { [self] _ in try happen(.connection(.ready)) },
                "Disconnect": { [self] invocation in
                    let word = try invocation.optionalText("reason") ?? "TIMEOUT"
                    return try happen(.connection(.disconnected(DisconnectReason(word: word))))
                },
                "AuthFailure": { [self] invocation in
                    let reason = try invocation.optionalText("reason") ?? "auth_failure"
                    return try happen(.connection(.authenticationFailed(reason)))
                },
                "Block": { [self] invocation in
                    let reason = try invocation.optionalText("reason") ?? "TOS_BLOCK"
                    return try happen(.connection(.disconnected(.blocked(reason))))
                },
            ]
        )
    }

    private func happen(_ event: SimulatorEvent) throws -> JSONObject {
        guard perform(event) else { throw VarlinkFailure("\(WhatsAppSimulatorInterface.name).Overloaded") }
        return [:]
    }
}
