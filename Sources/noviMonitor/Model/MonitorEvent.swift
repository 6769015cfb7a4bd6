import Shared

/// What the monitor is told.
enum MonitorEvent {
    case key(Key)
    case resized(ScreenSize)
    case snapshot(Snapshot)
    /// The machine was looked at.
    case measured(HostFigures)
    /// No daemon answers, for a reason.
    case away(String)
    /// The answer to ``MonitorEffect/describe(_:)``, a `Description`.
    case described(String, JSONValue)
    /// The link to WhatsApp as the bridge tells it; `nil` when it does not answer.
    case linkTold(JSONObject?)
    /// Something happened, an `Event`.
    case happened(JSONValue)
    /// The logs that were asked for are open.
    case logsOpened(LogScope)
    /// They cannot be read.
    case logsFailed(LogScope, String)
    case logged([LogLine])
    /// An action ended: what became of it, and whether that is what was wanted.
    case answered(ProcessAction, String, isSuccess: Bool)
    /// Time went by, in nanoseconds since boot.
    case tick(Int64)
}

/// What the monitor wants done.
enum MonitorEffect: Hashable {
    /// Everything of a process is wanted.
    case describe(String)
    case openLogs(LogScope)
    case perform(ProcessAction)
    /// Everything is drawn again.
    case redraw
    case suspend
    case quit(Int32)
}
