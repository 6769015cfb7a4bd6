/// A call of a Varlink method (varlink.org, "Method Call").
public struct VarlinkCall: Hashable, Sendable {
    /// The full name: interface, dot, method.
    public var method: String
    /// The parameters.
    public var parameters: JSONObject
    /// Whether the caller takes several replies.
    public var more: Bool
    /// Whether the caller wants no reply.
    public var oneway: Bool
    /// Whether the caller wants to speak another protocol afterwards.
    public var upgrade: Bool

    /// Makes a call.
    public init(
        method: String,
        parameters: JSONObject = [:],
        more: Bool = false,
        oneway: Bool = false,
        upgrade: Bool = false
    ) {
        self.method = method
        self.parameters = parameters
        self.more = more
        self.oneway = oneway
        self.upgrade = upgrade
    }

    /// Reads a call.
    ///
    /// - Throws: ``VarlinkProtocolError`` when the message is no call.
    public init(parsing message: JSONValue) throws(VarlinkProtocolError) {
        guard let object = message.objectValue else {
            throw VarlinkProtocolError(reason: "the message is no object")
        }
        guard let method = object["method"]?.stringValue, !method.isEmpty else {
            throw VarlinkProtocolError(reason: "the message has no \"method\"")
        }
        self.method = method
        parameters = try VarlinkProtocolError.parameters(of: object)
        more = try VarlinkProtocolError.flag("more", of: object)
        oneway = try VarlinkProtocolError.flag("oneway", of: object)
        upgrade = try VarlinkProtocolError.flag("upgrade", of: object)
    }

    /// The message with the NUL byte that ends it.
    public func encoded() -> [UInt8] {
        var object: JSONObject = ["method": .string(method)]
        if !parameters.isEmpty { object.append("parameters", .object(parameters)) }
        if more { object.append("more", true) }
        if oneway { object.append("oneway", true) }
        if upgrade { object.append("upgrade", true) }
        return JSONValue.object(object).serialized() + [0]
    }
}

/// A reply to a Varlink call (varlink.org, "Method Reply").
public struct VarlinkReply: Hashable, Sendable {
    /// The parameters, of the result or of the error.
    public var parameters: JSONObject
    /// Whether more replies follow.
    public var continues: Bool
    /// The full name of the error; `nil` for success.
    public var error: String?

    /// Makes a reply.
    public init(parameters: JSONObject = [:], continues: Bool = false, error: String? = nil) {
        self.parameters = parameters
        self.continues = continues
        self.error = error
    }

    /// Reads a reply.
    ///
    /// - Throws: ``VarlinkProtocolError`` when the message is no reply.
    public init(parsing message: JSONValue) throws(VarlinkProtocolError) {
        guard let object = message.objectValue else {
            throw VarlinkProtocolError(reason: "the message is no object")
        }
        parameters = try VarlinkProtocolError.parameters(of: object)
        continues = try VarlinkProtocolError.flag("continues", of: object)
        switch object["error"] {
        case nil, .null: error = nil
        case .string(let name): error = name
        default: throw VarlinkProtocolError(reason: "\"error\" is no text")
        }
    }

    /// The message with the NUL byte that ends it.
    public func encoded() -> [UInt8] {
        var object: JSONObject = [:]
        if let error { object.append("error", .string(error)) }
        object.append("parameters", .object(parameters))
        if continues { object.append("continues", true) }
        return JSONValue.object(object).serialized() + [0]
    }
}

/// A message that breaks the protocol.
public struct VarlinkProtocolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for people.
    public var reason: String

    /// Makes an error.
    public init(reason: String) {
        self.reason = reason
    }

    /// The reason.
    public var description: String { reason }

    fileprivate static func parameters(of object: JSONObject) throws(VarlinkProtocolError) -> JSONObject {
        switch object["parameters"] {
        case nil, .null: return [:]
        case .object(let parameters): return parameters
        default: throw VarlinkProtocolError(reason: "\"parameters\" is no object")
        }
    }

    fileprivate static func flag(_ name: String, of object: JSONObject) throws(VarlinkProtocolError) -> Bool {
        switch object[name] {
        case nil, .null: return false
        case .bool(let flag): return flag
        default: throw VarlinkProtocolError(reason: "\"\(name)\" is neither true nor false")
        }
    }
}
