/// Alerts, told by the gateway.
public enum GatewayInterface {
    /// The interface's name.
    public static let name = "com.novi.Gateway"

    /// The text, the same as `docs/varlink/com.novi.Gateway.varlink`.
    public static let description = #"""
        # Alerts, told by noviGateway. Times are seconds since 1970.
        interface com.novi.Gateway

        # Something that somebody must know. severity: P1 to P4. app: empty for the host. cause: the alert that it follows from.
        type Alert (
          id: int,
          type: string,
          app: string,
          severity: string,
          message: string,
          raised_at: int,
          told_at: int,
          acknowledged_by: ?string,
          acknowledged_at: ?int,
          cause: ?int
        )

        # A time in which nobody is told; of everything where type and app are null.
        type Silence (id: int, type: ?string, app: ?string, until: int, reason: string)

        # One of those who are told: how many records were delivered, given up, or too many to wait.
        type Sink (name: string, sent: int, failed: int, dropped: int)

        # Tells what is open, the worst first.
        method Alerts() -> (alerts: []Alert, silences: []Silence, sinks: []Sink)

        # Somebody takes an alert on: nobody is reminded of it any more.
        method Acknowledge(id: int, by: string) -> ()

        # Has nobody told for at most 30 days.
        method Silence(type: ?string, app: ?string, seconds: int, reason: string) -> (silence: Silence)

        # Ends a silence.
        method EndSilence(id: int) -> ()

        # Tells one sink something harmless, now. failure: why it could not be told.
        method TestSink(name: string) -> (failure: ?string)

        # There is no such alert, silence or sink.
        error NotFound (reason: string)

        """#
}
