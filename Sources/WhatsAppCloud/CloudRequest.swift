public import Shared

/// A request to `POST /{version}/{phone-number-id}/messages`.
public enum CloudRequest: Hashable, Sendable {
    /// Where a message goes.
    public enum Recipient: Hashable, Sendable {
        /// A person; the phone wins when both are known.
        case person(CloudPerson)
        /// A group by its id.
        case group(String)
    }

    /// A text of at most ``CloudLimits/textScalars`` characters.
    case text(String, to: Recipient, replyTo: String?, opaqueData: String?)
    /// An approved template with the texts of its body.
    case template(name: String, language: String, parameters: [String], to: Recipient, opaqueData: String?)
    /// Marks a message as read.
    case markRead(String)

    /// The body.
    public var json: JSONValue {
        var object: JSONObject = ["messaging_product": "whatsapp"]
        switch self {
        case .markRead(let id):
            object.append("status", "read")
            object.append("message_id", .string(id))
        case .text(let text, let recipient, let replyTo, let opaqueData):
            CloudRequest.append(recipient, to: &object)
            object.append("type", "text")
            object.append("text", ["preview_url": false, "body": .string(text)])
            if let replyTo { object.append("context", ["message_id": .string(replyTo)]) }
            if let opaqueData { object.append("biz_opaque_callback_data", .string(opaqueData)) }
        case .template(let name, let language, let parameters, let recipient, let opaqueData):
            CloudRequest.append(recipient, to: &object)
            object.append("type", "template")
            var template: JSONObject = ["name": .string(name), "language": ["code": .string(language)]]
            if !parameters.isEmpty {
                let values = parameters.map { ["type": "text", "text": .string($0)] as JSONValue }
                template.append("components", [["type": "body", "parameters": .array(values)]])
            }
            object.append("template", .object(template))
            if let opaqueData { object.append("biz_opaque_callback_data", .string(opaqueData)) }
        }
        return .object(object)
    }

    private static func append(_ recipient: Recipient, to object: inout JSONObject) {
        switch recipient {
        case .group(let id):
            object.append("recipient_type", "group")
            object.append("to", .string(id))
        case .person(let person):
            object.append("recipient_type", "individual")
            if let phone = person.phone {
                object.append("to", .string(phone))
            } else {
                object.append("recipient", .string(person.userID ?? ""))
            }
        }
    }

    /// A text in pieces that may be sent, cut at line ends where there are any.
    public static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var rest = text.unicodeScalars[...]
        while rest.count > CloudLimits.textScalars {
            let most = rest.prefix(CloudLimits.textScalars)
            let cut = most.lastIndex(of: "\n").flatMap { $0 > most.startIndex ? $0 : nil }
            pieces.append(String(rest[..<(cut ?? most.endIndex)]))
            rest = rest[(cut.map { rest.index(after: $0) } ?? most.endIndex)...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(String(rest)) }
        return pieces
    }
}

/// Meta's answer to a request.
public enum CloudAnswer: Hashable, Sendable {
    /// Accepted, not delivered: Meta's id of the message.
    case accepted(String)
    /// It may have gone out: the answer was good, but tells no id. The same holds when there was no answer at all.
    case unclear
    /// Refused.
    case refused(CloudErrorClass, CloudError?)

    /// Reads an answer; what is done is decided by the code in it, and by the HTTP status only where there is none.
    public init(httpStatus: Int, body: [UInt8]) {
        let limits = JSONLimits(bytes: 1 << 20, depth: CloudLimits.webhookDepth)
        let document = try? JSONValue(parsing: body, limits: limits)
        if let error = document?["error"].flatMap(CloudError.init) {
            self = .refused(CloudErrorClass(code: error.code), error)
        } else if (200..<300).contains(httpStatus),
            let id = document?["messages"]?.arrayValue?.first?["id"]?.stringValue, !id.isEmpty
        {
            self = .accepted(id)
        } else {
            self =
                (200..<300).contains(httpStatus)
                ? .unclear : .refused(CloudErrorClass(httpStatus: httpStatus), nil)
        }
    }
}
