import Shared

/// A line to the child (spec E4).
enum ChildCommand: Equatable, Sendable {
    /// Begins; the first line.
    case start(sessionDirectory: String, options: JSONObject)
    /// Sends a text; `id` comes back in `sent` or `error`.
    case send(OutgoingMessage)
    /// A message is stored: it need not be told again.
    case stored(externalID: String)
    /// Ends the session with WhatsApp.
    case logout
    /// Asks for a `pong`.
    case ping(Int)
    /// Ends the program.
    case stop

    /// The line with its end.
    var line: [UInt8] {
        var object: JSONObject = ["v": .integer(ChildReport.protocolVersion)]
        switch self {
        case .start(let directory, let options):
            object.append("type", "start")
            object.append("session_dir", .string(directory))
            object.append("options", .object(options))
        case .send(let message):
            object.append("id", .string(message.id))
            object.append("type", "send")
            object.append("to", .string(message.chat))
            object.append("text", .string(message.text ?? ""))
            object.append("reply_to", message.replyTo.map(JSONValue.string) ?? .null)
            object.append("dedupe", .string(message.id))
        case .stored(let id):
            object.append("type", "stored")
            object.append("external_id", .string(id))
        case .logout: object.append("type", "logout")
        case .ping(let number):
            object.append("id", .string("ping-\(number)"))
            object.append("type", "ping")
        case .stop: object.append("type", "stop")
        }
        return JSONValue.object(object).serialized() + [0x0A]
    }
}
