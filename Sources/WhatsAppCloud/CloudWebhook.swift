public import Shared

/// What one webhook of Meta's brings.
public enum CloudEvent: Hashable, Sendable {
    /// Somebody wrote.
    case message(CloudMessage)
    /// A message of ours got further.
    case status(CloudStatus)
    /// The account has an error that belongs to no message.
    case accountError(CloudError)
    /// A person has another phone or another id from now on.
    case personChanged(from: CloudPerson, to: CloudPerson)
    /// A field that is not acted on.
    case other(field: String)
}

/// A webhook that cannot be read at all.
public enum CloudWebhookError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is larger than ``CloudLimits/webhookBytes``.
    case tooLarge(Int)
    /// It is no JSON.
    case syntax(JSONSyntaxError)
    /// It is no object of a WhatsApp account.
    case notWhatsApp

    /// For logs; holds nothing that people wrote.
    public var description: String {
        switch self {
        case .tooLarge(let count):
            "the webhook has \(count) bytes; at most \(CloudLimits.webhookBytes) are read"
        case .syntax(let error): "the webhook is no JSON: \(error.reason) at byte \(error.offset)"
        case .notWhatsApp: "the webhook is not whatsapp_business_account's"
        }
    }
}

/// The events of a webhook's body; several entries, changes and messages come in one.
public struct CloudWebhook: Hashable, Sendable {
    /// The events in the order of the body.
    public private(set) var events: [CloudEvent] = []

    /// The parts that could not be read, by their path and what is missing.
    public private(set) var problems: [String] = []

    /// Reads a body whose signature was checked.
    ///
    /// A part that is damaged is told in ``problems`` and does not harm the others.
    public init(_ body: [UInt8]) throws(CloudWebhookError) {
        guard body.count <= CloudLimits.webhookBytes else { throw .tooLarge(body.count) }
        let document: JSONValue
        do {
            let limits = JSONLimits(bytes: CloudLimits.webhookBytes, depth: CloudLimits.webhookDepth)
            document = try JSONValue(parsing: body, limits: limits)
        } catch {
            throw .syntax(error)
        }
        guard document["object"]?.stringValue == "whatsapp_business_account" else { throw .notWhatsApp }
        for (entryIndex, entry) in (document["entry"]?.arrayValue ?? []).enumerated() {
            for (index, change) in (entry["changes"]?.arrayValue ?? []).enumerated() {
                take(change, path: "entry[\(entryIndex)].changes[\(index)]")
            }
        }
    }

    private mutating func take(_ change: JSONValue, path: String) {
        guard let value = change["value"], value.objectValue != nil else { return report(path, "value") }
        let field = change["field"]?.stringValue ?? ""
        let before = events.count + problems.count
        let numberID = value["metadata"]?["phone_number_id"]?.stringValue ?? ""
        let contacts = value["contacts"]?.arrayValue ?? []
        for (index, message) in (value["messages"]?.arrayValue ?? []).enumerated() {
            take(message: message, contacts, numberID, path: "\(path).value.messages[\(index)]")
        }
        for (index, status) in (value["statuses"]?.arrayValue ?? []).enumerated() {
            take(status: status, numberID, path: "\(path).value.statuses[\(index)]")
        }
        for error in value["errors"]?.arrayValue ?? [] {
            CloudError(error).map { add(.accountError($0)) }
        }
        for update in value["user_id_update"]?.arrayValue ?? [] { take(update: update) }
        if events.count + problems.count == before { add(.other(field: String(field.prefix(100)))) }
    }

    private mutating func add(_ event: CloudEvent) {
        guard events.count < CloudLimits.events else {
            if problems.last != CloudWebhook.tooMany { problems.append(CloudWebhook.tooMany) }
            return
        }
        events.append(event)
    }

    private static let tooMany = "more than \(CloudLimits.events) events"

    private mutating func report(_ path: String, _ missing: String) {
        guard problems.count < 100 else { return }
        problems.append("\(path): no \(missing)")
    }

    // MARK: - Messages

    private mutating func take(message: JSONValue, _ contacts: [JSONValue], _ numberID: String, path: String)
    {
        guard let id = text(message["id"]) else { return report(path, "id") }
        guard let word = text(message["type"]) else { return report(path, "type") }
        let kind = CloudMessage.Kind(word)
        var sender = CloudPerson(phone: text(message["from"]), userID: text(message["from_user_id"]))
        if kind == .system, let change = CloudWebhook.change(message["system"], of: sender) {
            return add(.personChanged(from: sender, to: change))
        }
        let contact = CloudWebhook.contact(of: sender, in: contacts)
        sender.phone = sender.phone ?? text(contact?["wa_id"])
        sender.userID = sender.userID ?? text(contact?["user_id"])
        guard sender != CloudPerson() else { return report(path, "from or from_user_id") }
        let written = CloudWebhook.written(message, kind)
        add(
            .message(
                CloudMessage(
                    id: id,
                    numberID: numberID,
                    sender: sender,
                    senderName: text(contact?["profile"]?["name"]),
                    senderUsername: text(contact?["profile"]?["username"]),
                    groupID: text(message["group_id"]),
                    sentAt: CloudWebhook.seconds(message["timestamp"]),
                    kind: kind,
                    text: written,
                    repliedID: text(message["context"]?["id"]),
                    raw: written == nil ? CloudWebhook.raw(message) : nil
                )
            )
        )
    }

    /// The contact that fits, or the only one.
    private static func contact(of sender: CloudPerson, in contacts: [JSONValue]) -> JSONValue? {
        let fitting = contacts.first { contact in
            let phone = contact["wa_id"]?.stringValue
            let userID = contact["user_id"]?.stringValue
            return phone != nil && phone == sender.phone || userID != nil && userID == sender.userID
        }
        if let fitting { return fitting }
        return contacts.count == 1 && sender == CloudPerson() ? contacts.first : nil
    }

    /// A message without text, where it is small enough to be kept whole.
    private static func raw(_ message: JSONValue) -> JSONValue? {
        message.serialized().count <= CloudLimits.rawMessageBytes ? message : nil
    }

    /// What a person wrote or chose.
    private static func written(_ message: JSONValue, _ kind: CloudMessage.Kind) -> String? {
        let value: JSONValue?
        switch kind {
        case .text: value = message["text"]?["body"]
        case .image, .video, .document, .audio: value = message[kind.word]?["caption"]
        case .button: value = message["button"]?["text"]
        case .interactive:
            let interactive = message["interactive"]
            value = interactive?["button_reply"]?["title"] ?? interactive?["list_reply"]?["title"]
        case .reaction: value = message["reaction"]?["emoji"]
        case .system: value = message["system"]?["body"]
        case .order: value = message["order"]?["text"]
        case .sticker, .location, .contacts, .unsupported, .unknown: value = nil
        }
        guard let text = value?.stringValue, !text.isEmpty else { return nil }
        return text
    }

    private static func change(_ system: JSONValue?, of sender: CloudPerson) -> CloudPerson? {
        switch system?["type"]?.stringValue {
        case "user_changed_number", "user_changed_user_id":
            let phone = system?["wa_id"]?.stringValue ?? sender.phone
            let userID = system?["user_id"]?.stringValue
            let new = CloudPerson(phone: phone, userID: userID)
            return new == CloudPerson() ? nil : new
        default: return nil
        }
    }

    private mutating func take(update: JSONValue) {
        let phone = text(update["wa_id"])
        guard let previous = text(update["user_id"]?["previous"]),
            let current = text(update["user_id"]?["current"])
        else {
            return report("user_id_update", "user_id.previous and user_id.current")
        }
        add(
            .personChanged(
                from: CloudPerson(phone: phone, userID: previous),
                to: CloudPerson(phone: phone, userID: current)
            )
        )
    }

    // MARK: - Statuses

    private mutating func take(status: JSONValue, _ numberID: String, path: String) {
        guard let id = text(status["id"]) else { return report(path, "id") }
        guard let word = text(status["status"]), let progress = CloudWebhook.progress(word) else {
            return report(path, "status that is known")
        }
        let isGroup = status["recipient_type"]?.stringValue == "group"
        let phone = isGroup ? status["recipient_participant_id"] : status["recipient_id"]
        let userID = isGroup ? status["recipient_participant_user_id"] : status["recipient_user_id"]
        add(
            .status(
                CloudStatus(
                    id: id,
                    numberID: numberID,
                    progress: progress,
                    at: CloudWebhook.seconds(status["timestamp"]),
                    recipient: CloudPerson(phone: text(phone), userID: text(userID)),
                    groupID: isGroup ? text(status["recipient_id"]) : nil,
                    opaqueData: text(status["biz_opaque_callback_data"]),
                    errors: (status["errors"]?.arrayValue ?? []).compactMap(CloudError.init),
                    isBillable: status["pricing"]?["billable"]?.boolValue,
                    pricingCategory: text(status["pricing"]?["category"])
                )
            )
        )
    }

    private static func progress(_ word: String) -> DeliveryProgress? {
        switch word {
        case "sent": .sent
        case "delivered": .delivered
        case "read": .read
        case "played": .played
        case "failed": .failed
        default: nil
        }
    }

    // MARK: - Values

    /// A text that is there and not empty.
    private func text(_ value: JSONValue?) -> String? {
        guard let text = value?.stringValue, !text.isEmpty else { return nil }
        return text
    }

    /// Seconds since 1970, which come as text; 0 where there are none.
    private static func seconds(_ value: JSONValue?) -> Int64 {
        max(0, value?.stringValue.flatMap(Int64.init) ?? value?.integerValue ?? 0)
    }
}
