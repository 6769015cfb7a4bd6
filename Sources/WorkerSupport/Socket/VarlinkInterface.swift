public import Shared

/// A Varlink interface that a worker serves: its text and what answers its methods.
public struct VarlinkInterface: Sendable {
    /// Answers one call: returns the parameters of the last reply.
    public typealias Method = @Sendable (VarlinkInvocation) async throws -> JSONObject

    /// The name, such as `com.novi.Worker`.
    public let name: String

    /// The interface's text, served by `GetInterfaceDescription`.
    public let description: String

    /// The methods by their names without the interface.
    public let methods: [String: Method]

    /// Makes an interface.
    public init(name: String, description: String, methods: [String: Method]) {
        self.name = name
        self.description = description
        self.methods = methods
    }
}

/// One call of a method.
public struct VarlinkInvocation: Sendable {
    /// What the caller gave.
    public let parameters: JSONObject

    /// Whether the caller takes more than one reply.
    public let wantsMore: Bool

    let sendMore: @Sendable (JSONObject) async throws -> Void

    /// Sends a reply that is not the last one; only when ``wantsMore``.
    public func reply(_ parameters: JSONObject) async throws {
        try await sendMore(parameters)
    }

    /// The text of a parameter; throws `InvalidParameter` when it is missing or no text.
    public func text(_ name: String) throws -> String {
        guard let value = try optionalText(name) else { throw VarlinkFailure.invalidParameter(name) }
        return value
    }

    /// The text of a parameter; `nil` when it is missing.
    ///
    /// Throws `InvalidParameter` when it is no text.
    public func optionalText(_ name: String) throws -> String? {
        guard let value = parameters[name], value != .null else { return nil }
        guard let text = value.stringValue else { throw VarlinkFailure.invalidParameter(name) }
        return text
    }
}

/// An error that goes to the caller as it is.
public struct VarlinkFailure: Error, Equatable, CustomStringConvertible {
    /// The full name, such as `com.novi.Worker.NotSupported`.
    public let name: String

    /// What belongs to it.
    public let parameters: JSONObject

    /// Makes a failure.
    public init(_ name: String, _ parameters: JSONObject = [:]) {
        self.name = name
        self.parameters = parameters
    }

    /// The short name with the reason that comes with it.
    public var description: String {
        let short = name.split(separator: ".").last.map(String.init) ?? name
        let reason = parameters["reason"]?.stringValue ?? parameters["selection"]?.stringValue
        return reason.map { "\(short): \($0)" } ?? short
    }

    /// The standard error for a parameter that is missing or wrong.
    public static func invalidParameter(_ name: String) -> VarlinkFailure {
        VarlinkFailure(VarlinkService.ErrorName.invalidParameter, ["parameter": .string(name)])
    }
}
