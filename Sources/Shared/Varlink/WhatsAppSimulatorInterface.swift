/// The simulated phone of the WhatsApp worker.
public enum WhatsAppSimulatorInterface {
    /// The interface's name.
    public static let name = "com.novi.WhatsAppSimulator"

    /// The text, the same as `docs/varlink/com.novi.WhatsAppSimulator.varlink`.
    public static let description = #"""
        # The simulated phone of noviWorker whatsapp.
        interface com.novi.WhatsAppSimulator

        # Somebody writes a message; id is the message's own (the same one again is the same message), quoted_id and quoted_text the
        # one that it answers. Answers when the message was acted on, at most after 10 s: outcome is null then. order_id: the order
        # that was made. replies: what the bot writes into that chat because of it.
        method Say(text: string, from: ?string, chat: ?string, id: ?string, quoted_id: ?string, quoted_text: ?string) -> (
          external_id: string,
          outcome: ?string,
          reason: ?string,
          order_id: ?string,
          replies: []string
        )

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

        # How messages that the bot sends are answered from now on. receipts: ordered, reversed, duplicated, none. refuse_code: the
        # code of Meta's list that the next refuse_count messages meet with.
        method Behave(receipts: ?string, receipt_delay_ms: ?int, refuse_code: ?int, refuse_count: ?int) -> ()

        # The bridge has more to read than it keeps; nothing happened.
        error Overloaded ()

        # The message could not be stored; nothing happened.
        error NotStored (reason: string)

        """#
}
