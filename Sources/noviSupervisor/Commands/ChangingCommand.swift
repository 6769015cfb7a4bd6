import Shared
import SupervisorClient

/// What the commands that change something share: ask, print one line a process, fail if one failed.
enum ChangingCommand {
    /// Prints outcomes.
    ///
    /// - Throws: ``CommandFailure`` without a message when a process failed: the lines have said it.
    static func report(
        _ reply: JSONObject,
        _ common: CommonOptions,
        showsTable client: ControlClient? = nil
    )
        throws(CommandFailure)
    {
        let style = common.style
        let lines = OutcomeLines(outcomes: reply["outcomes"]?.arrayValue ?? [], style: style)
        Output.write(lines.text())
        if let client, style.width != nil {
            Output.write("\n" + StatusTable(try Listing.processes(client, nil), style).text())
        }
        if lines.containsFailure { throw CommandFailure("", .failed) }
    }

    /// The parameters of a call that waits for processes.
    static func parameters(_ select: JSONValue, wait: Bool?, _ timeout: Duration) -> JSONObject {
        var parameters: JSONObject = ["select": select, "timeout_ms": .integer(timeout.wholeMilliseconds)]
        if let wait { parameters["wait"] = .bool(wait) }
        return parameters
    }
}
