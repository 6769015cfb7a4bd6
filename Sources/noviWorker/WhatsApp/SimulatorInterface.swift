import Shared
import WorkerSupport

extension SimulatorProvider {
    /// `com.novi.WhatsAppSimulator`: what the simulated phone does, by hand.
    var interface: VarlinkInterface {
        VarlinkInterface(
            name: "com.novi.WhatsAppSimulator",
            description: Self.interfaceDescription,
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

    private static let interfaceDescription = """
        # The simulated phone of noviWorker whatsapp.
        interface com.novi.WhatsAppSimulator

        # Somebody writes a message.
        method Say(text: string, from: ?string, chat: ?string) -> ()

        # A QR code waits to be scanned.
        method Qr() -> ()

        # The link is up.
        method Ready() -> ()

        # The link ends; reason is a word such as TIMEOUT (default), LOGOUT, CONFLICT or TOS_BLOCK.
        method Disconnect(reason: ?string) -> ()

        # The stored session is refused.
        method AuthFailure(reason: ?string) -> ()

        # WhatsApp refuses the account.
        method Block(reason: ?string) -> ()

        # The bridge has more to read than it keeps; nothing happened.
        error Overloaded ()

        """

    private func happen(_ event: SimulatorEvent) throws -> JSONObject {
        guard perform(event) else { throw VarlinkFailure("com.novi.WhatsAppSimulator.Overloaded") }
        return [:]
    }
}
