/// The part of a Varlink service that every service has: `org.varlink.service` (varlink.org).
public struct VarlinkService: Sendable {
    /// Names of the errors that every service may answer.
    public enum ErrorName {
        /// There is no such interface.
        public static let interfaceNotFound = "org.varlink.service.InterfaceNotFound"
        /// The interface has no such method.
        public static let methodNotFound = "org.varlink.service.MethodNotFound"
        /// The method is described but not there.
        public static let methodNotImplemented = "org.varlink.service.MethodNotImplemented"
        /// A parameter is missing, unknown or wrong.
        public static let invalidParameter = "org.varlink.service.InvalidParameter"
        /// The caller may not do this.
        public static let permissionDenied = "org.varlink.service.PermissionDenied"
    }

    private let information: JSONObject
    private let descriptions: [String: String]

    /// Describes a service.
    ///
    /// - Parameters:
    ///   - vendor: Who makes it.
    ///   - product: What it is.
    ///   - version: Its version.
    ///   - url: Where to read more.
    ///   - interfaces: The texts of its interfaces, each beginning with comments and `interface NAME`.
    public init(vendor: String, product: String, version: String, url: String, interfaces: [String]) {
        var descriptions = ["org.varlink.service": Self.ownInterface]
        for text in interfaces {
            if let name = Self.name(ofInterface: text) {
                descriptions[name] = text
            }
        }
        self.descriptions = descriptions
        information = [
            "vendor": .string(vendor),
            "product": .string(product),
            "version": .string(version),
            "url": .string(url),
            "interfaces": .array(descriptions.keys.sorted().map { .string($0) }),
        ]
    }

    /// Answers a call of `org.varlink.service`; `nil` for a call of another interface.
    public func answer(_ call: VarlinkCall) -> VarlinkReply? {
        guard call.method.hasPrefix("org.varlink.service.") else { return nil }
        switch call.method {
        case "org.varlink.service.GetInfo": return VarlinkReply(parameters: information)
        case "org.varlink.service.GetInterfaceDescription":
            guard let name = call.parameters["interface"]?.stringValue else {
                return VarlinkReply(parameters: ["parameter": "interface"], error: ErrorName.invalidParameter)
            }
            guard let text = descriptions[name] else {
                return VarlinkReply(
                    parameters: ["interface": .string(name)],
                    error: ErrorName.interfaceNotFound
                )
            }
            return VarlinkReply(parameters: ["description": .string(text)])
        default:
            return VarlinkReply(parameters: ["method": .string(call.method)], error: ErrorName.methodNotFound)
        }
    }

    private static func name(ofInterface text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix("interface ") {
            return String(line.dropFirst("interface ".count))
        }
        return nil
    }

    private static let ownInterface = """
        # The Varlink Service Interface is provided by every varlink service. It
        # describes the service and the interfaces it implements.
        interface org.varlink.service

        # Tells what the service is and which interfaces it has.
        method GetInfo() -> (vendor: string, product: string, version: string, url: string, interfaces: []string)

        # Tells the text of an interface.
        method GetInterfaceDescription(interface: string) -> (description: string)

        # There is no such interface here.
        error InterfaceNotFound (interface: string)

        # The interface has no such method.
        error MethodNotFound (method: string)

        # The method is described, but not there.
        error MethodNotImplemented (method: string)

        # A parameter is missing, unknown or wrong.
        error InvalidParameter (parameter: string)

        # The caller may not do this.
        error PermissionDenied ()

        """
}
