/// Alerts and capacity, told by the gateway.
public enum GatewayInterface {
    /// The interface's name.
    public static let name = "com.novi.Gateway"

    /// The text, the same as `docs/varlink/com.novi.Gateway.varlink`.
    public static let description = #"""
        # Alerts and capacity, told by noviGateway. Times are seconds since 1970.
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

        # What a resource took. Of cpu in percent of one core, of all cores for the host; of memory in bytes. growth_per_day: null where less
        # than three days are known.
        type Usage (average: float, p95: float, maximum: float, last: float, growth_per_day: ?float)

        # What a process took since the first second known. limit_of: heap or memory, which the limit is for. days_until_limit: null where
        # it is not reached in ten years.
        type Capacity (
          process: string,
          since: int,
          cpu: ?Usage,
          memory: ?Usage,
          heap: ?Usage,
          limit_bytes: ?int,
          limit_of: ?string,
          days_until_limit: ?float
        )

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

        # What everything took in the last days: at most 365, 14 unless told otherwise.
        method Capacity(days: ?int) -> (
          from: int,
          to: int,
          host: ?Capacity,
          processors: int,
          disk_bytes: int,
          disk_available_bytes: int,
          processes: []Capacity
        )

        # There is no such alert, silence or sink.
        error NotFound (reason: string)

        """#
}
