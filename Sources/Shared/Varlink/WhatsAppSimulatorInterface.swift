/// The simulated phone of the WhatsApp worker.
public enum WhatsAppSimulatorInterface {
    /// The interface's name.
    public static let name = "com.novi.WhatsAppSimulator"

    /// The text, the same as `docs/varlink/com.novi.WhatsAppSimulator.varlink`.
    public static let description = #"""
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

        """#
}
