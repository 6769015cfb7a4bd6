/// What Meta sends, handed on to the bridge by whoever has the public port.
public enum WhatsAppWebhookInterface {
    /// The interface's name.
    public static let name = "com.novi.WhatsAppWebhook"

    /// The text, the same as `docs/varlink/com.novi.WhatsAppWebhook.varlink`.
    public static let description = #"""
        # Meta's webhooks, handed on to noviWorker whatsapp with provider cloud by whoever has the public port.
        interface com.novi.WhatsAppWebhook

        # Takes a webhook: the raw bytes of its body, at most 3 MiB, in base64, and its header X-Hub-Signature-256. status is
        # the HTTP status to answer: 200 once all of it is committed, 401 for a wrong signature, 400 for no WhatsApp webhook,
        # 413 for too large a one, 503 when it could not be stored and shall be sent again.
        method Receive(body_base64: string, signature: ?string) -> (status: int)

        # Answers Meta's question whether the address is ours: hub.mode, hub.verify_token and hub.challenge. status is the HTTP
        # status to answer: 200 with the body, or 403.
        method Verify(mode: ?string, token: ?string, challenge: ?string) -> (status: int, body: string)

        """#
}
