/// The link to WhatsApp, what waits to be sent and what came in, told by the bridge.
public enum WhatsAppInterface {
    /// The interface's name.
    public static let name = "com.novi.WhatsApp"

    /// The text, the same as `docs/varlink/com.novi.WhatsApp.varlink`.
    public static let description = #"""
        # The link to WhatsApp, what waits to be sent and what came in, told by noviWorker whatsapp. Times are RFC 3339 in UTC.
        interface com.novi.WhatsApp

        # How many messages are in each state that is not the end; waiting are those that are queued.
        type Queue (waiting: int, sending: int, unknown: int, failed: int, dead: int)

        # A message that goes out, without what it says. state: queued, sending, unknown, sent, delivered, read, failed, dead.
        type OutboxMessage (
          id: string,
          chat: string,
          kind: string,
          state: string,
          attempts: int,
          created_at: string,
          next_attempt_at: ?string,
          external_id: ?string,
          error_code: ?int,
          error: ?string
        )

        # Something that was looked at. level: pass, warn, fail. next: what to do.
        type Finding (level: string, text: string, next: ?string)

        # Tells how the link is. provider: simulator, cloud, child. state: stopped, starting, qr, authenticating, syncing,
        # ready, reconnecting, logged_out, blocked, failed. reason: why the link ended last. unprocessed: messages that are
        # stored and not acted on. number: our own phone in international form, where it is known. qr: what is to be drawn for the
        # phone, in state qr only; whoever scans it has the account.
        method GetState() -> (
          provider: string,
          state: string,
          since: string,
          reason: ?string,
          next_attempt_at: ?string,
          queue: Queue,
          unprocessed: int,
          last_inbound_at: ?string,
          last_outbound_at: ?string,
          number: ?string,
          qr: ?string
        )

        # Looks whether what the provider needs outside is in order, such as token, clock and public address; takes some seconds.
        method Check() -> (findings: []Finding)

        # The bridge's metrics in Prometheus's text format.
        method GetMetrics() -> (text: string)

        # Tries to connect now, also where a person was waited for.
        method Reconnect() -> ()

        # Ends the session with WhatsApp: the phone has to be paired anew, or the token to be set.
        method Logout() -> ()

        # Lists messages that go out, newest first; limit is 1 to 1000.
        method Outbox(state: ?string, limit: int) -> (messages: []OutboxMessage)

        # Puts a message that failed or was given up back into the queue.
        method Retry(id: string) -> ()

        # Writes a text to the administrators whose phones are known, through the outbox. What has the same key is written once.
        # count: how many they are.
        method Notify(text: string, key: string) -> (count: int)

        # Acts again on the messages that came in since then and did not become orders.
        method Replay(since: string) -> (count: int)

        # There is no message of this id.
        error NotFound (id: string)

        # The message is in a state from which it cannot be sent again.
        error NotRetriable (id: string, state: string)

        # The provider or the database cannot do it now.
        error Unavailable (reason: string)

        """#
}
