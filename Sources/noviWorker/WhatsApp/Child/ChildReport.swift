import Postgres
import Shared

/// A line that the child wrote (spec E4): `{"v":1,"id":"…","type":"…", …}`.
enum ChildReport: Equatable, Sendable {
    /// It is there: the adapter's name and version.
    case hello(name: String, version: String)
    /// The link changes.
    case state(ConnectionMachine.Event)
    /// A code to scan.
    case qr(String)
    /// Somebody wrote.
    case message(InboundMessage)
    /// A message of ours got further.
    case ack(externalID: String, MessageStatus.Progress)
    /// Our message of this id was sent.
    case sent(id: String, externalID: String)
    /// Our message of this id was not sent, or, without an id, something else failed.
    case error(id: String?, code: String, isRetriable: Bool)
    /// It is alive.
    case pong
    /// Its memory, as it sees it.
    case memory(JSONObject)
    /// A report that came after this was written.
    case other(String)

    /// The version of the protocol.
    static let protocolVersion: Int64 = 1

    /// The longest line, in bytes.
    static let lineBytes = 256 << 10

    /// The longest id that can be stored, in characters.
    private static let identifierCharacters = 255

    /// A line that cannot be understood.
    struct Problem: Error, Equatable {
        /// What is wrong; nothing that people wrote.
        var text: String
        /// The version that the child speaks, when it is another one.
        var version: Int64?
    }

    /// Reads a line.
    init(parsing line: [UInt8]) throws(Problem) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line)
        } catch {
            throw Problem(text: "a line is no JSON: \(error.reason) at byte \(error.offset)")
        }
        guard let version = value["v"]?.integerValue else {
            throw Problem(text: "a line has no version \"v\"")
        }
        guard version == Self.protocolVersion else {
            throw Problem(
                text: "it speaks version \(version) of the protocol, we speak \(Self.protocolVersion)",
                version: version
            )
        }
        guard let type = value["type"]?.stringValue else { throw Problem(text: "a line has no \"type\"") }
        self = try Self.report(type, value)
    }

    private static func report(_ type: String, _ value: JSONValue) throws(Problem) -> ChildReport {
        switch type {
        case "hello":
            return .hello(
                name: String((value["name"]?.stringValue ?? "?").prefix(100)),
                version: String((value["version"]?.stringValue ?? "?").prefix(100))
            )
        case "state": return try state(value)
        case "qr":
            guard let data = value["data"]?.stringValue, !data.isEmpty else {
                throw Problem(text: "qr: no data")
            }
            return .qr(data)
        case "message": return .message(try message(value))
        case "ack": return try ack(value)
        case "sent":
            let id = try identifier("sent", "id", value)
            return .sent(id: id, externalID: try identifier("sent", "external_id", value))
        case "error":
            return .error(
                id: value["id"]?.stringValue,
                code: String((value["code"]?.stringValue ?? "unknown").prefix(100)),
                isRetriable: value["retryable"]?.boolValue ?? true
            )
        case "pong": return .pong
        case "memory": return .memory(memory(value))
        default: return .other(String(type.prefix(50)))
        }
    }

    private static func state(_ value: JSONValue) throws(Problem) -> ChildReport {
        let reason = String((value["reason"]?.stringValue ?? "").prefix(200))
        let word = value["state"]?.stringValue ?? ""
        switch word {
        case "authenticated", "authenticating": return .state(.authenticated)
        case "syncing": return .state(.syncing)
        case "ready": return .state(.ready)
        case "disconnected":
            return .state(.disconnected(DisconnectReason(word: reason.isEmpty ? "disconnected" : reason)))
        case "auth_failure": return .state(.authenticationFailed(reason.isEmpty ? word : reason))
        case "logged_out": return .state(.disconnected(.loggedOut(reason.isEmpty ? word : reason)))
        case "blocked": return .state(.disconnected(.blocked(reason.isEmpty ? word : reason)))
        case "conflict": return .state(.disconnected(.conflict(reason.isEmpty ? word : reason)))
        case "outdated": return .state(.disconnected(.outdated(reason.isEmpty ? word : reason)))
        case "": throw Problem(text: "state: no state")
        default: return .other("state \(word.prefix(50))")
        }
    }

    private static func message(_ value: JSONValue) throws(Problem) -> InboundMessage {
        let text = value["text"]?.stringValue.map(storable)
        let kind = value["kind"]?.stringValue ?? "text"
        return InboundMessage(
            externalID: try identifier("message", "external_id", value),
            chat: try identifier("message", "chat", value),
            sender: try identifier("message", "sender", value),
            senderName: (value["sender_name"]?.stringValue).map {
                String(storable($0).prefix(identifierCharacters))
            },
            kind: String(storable(kind).prefix(100)),
            text: text?.isEmpty == false ? text : nil,
            quotedID: try? identifier("message", "quoted_id", value),
            quotedText: value["quoted_text"]?.stringValue.map(storable),
            sentAt: instant(value["ts"]),
            isFromMe: value["from_me"]?.boolValue ?? false,
            asksForText: kind != "text" && text?.isEmpty != false
                && ["image", "audio", "video", "document", "sticker", "location", "contacts", "ptt"].contains(
                    kind
                )
        )
    }

    /// WhatsApp Web's numbers: −1 failed, 0 pending, 1 on the server, 2 on a device, 3 read, 4 played.
    private static func ack(_ value: JSONValue) throws(Problem) -> ChildReport {
        let id = try identifier("ack", "external_id", value)
        switch value["level"]?.integerValue {
        case -1: return .ack(externalID: id, .failed)
        case 0: return .other("ack 0")
        case 1: return .ack(externalID: id, .sent)
        case 2: return .ack(externalID: id, .delivered)
        case 3, 4: return .ack(externalID: id, .read)
        default: throw Problem(text: "ack: no level from -1 to 4")
        }
    }

    private static func memory(_ value: JSONValue) -> JSONObject {
        var memory: JSONObject = [:]
        for (name, ours) in [
            ("heapUsed", "heap_used_bytes"), ("heapTotal", "heap_total_bytes"),
            ("external", "external_bytes"), ("rss", "rss_bytes"),
        ] {
            if let bytes = value[name]?.integerValue, bytes >= 0 { memory.append(ours, .integer(bytes)) }
        }
        return memory
    }

    // MARK: - Values

    private static func identifier(
        _ type: String,
        _ name: String,
        _ value: JSONValue
    ) throws(Problem) -> String {
        guard let text = value[name]?.stringValue, !text.isEmpty,
            text.unicodeScalars.count <= identifierCharacters, !text.unicodeScalars.contains("\0")
        else { throw Problem(text: "\(type): no \(name) of 1 to \(identifierCharacters) characters") }
        return text
    }

    /// Seconds since 1970, with or without a fraction; no later than the year 9999.
    private static func instant(_ value: JSONValue?) -> UTCInstant? {
        guard let seconds = value?.numberValue, seconds > 0 else { return nil }
        return UTCInstant(microseconds: Int64(min(seconds, 253_402_300_799) * 1_000_000))
    }

    /// A text without NUL, which PostgreSQL cannot keep.
    private static func storable(_ text: String) -> String {
        guard text.unicodeScalars.contains("\0") else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\0" }))
    }
}
