import Shared
import SupervisorCore

/// A changing call of `com.novi.Supervisor`, decoded.
extension ControlRequest {
    /// The default time in which a changing call is answered.
    static let defaultTimeout: Duration = .seconds(60)
    /// The longest time that a caller may ask for.
    static let maximumTimeout: Duration = .seconds(86_400)

    /// Decodes the parameters of a changing method.
    ///
    /// - Parameters:
    ///   - method: The name without the interface, such as `Start`.
    ///   - parameters: The call's parameters.
    /// - Returns: The request, or `nil` when the method is none that changes anything.
    /// - Throws: ``CallFailure`` when a parameter is missing, unknown or wrong.
    static func decode(method: String, _ parameters: JSONObject) throws(CallFailure) -> ControlRequest? {
        var reader = CallParameters(parameters)
        let action: Action
        switch method {
        case "Start": action = .start(try reader.selections("select"))
        case "Apply":
            action = .apply(try reader.definitions("apps", environments: "environments"), prunedSource: nil)
        case "Stop": action = .stop(try reader.selections("select"))
        case "Restart": action = .restart(try reader.selections("select"))
        case "Delete":
            action =
                .delete(
                    try reader.selections("select"),
                    isForced: try reader.optionalBoolean("force") ?? false
                )
        case "Scale": action = try reader.scale()
        case "Reset": action = .reset(try reader.selections("select"))
        case "Signal": action = .signal(try reader.selections("select"), try reader.signal("signal"))
        case "Shutdown": action = .shutdown
        default: return nil
        }
        let acceptsWait = ["Start", "Apply", "Restart", "Scale"].contains(method)
        let waits = acceptsWait ? try reader.optionalBoolean("wait") ?? false : false
        let acceptsTimeout = !["Reset", "Signal"].contains(method)
        let timeout = acceptsTimeout ? try reader.optionalMilliseconds("timeout_ms") : nil
        try reader.finish()
        let chosen = timeout ?? defaultTimeout
        return ControlRequest(action, waits: waits, timeout: min(chosen, maximumTimeout))
    }
}

/// Why a call cannot be answered as asked: a Varlink error with its parameters.
struct CallFailure: Error {
    /// The error's full name.
    var name: String
    /// Its parameters.
    var parameters: JSONObject

    /// `org.varlink.service.InvalidParameter`.
    static func invalidParameter(_ name: String) -> CallFailure {
        CallFailure(name: "org.varlink.service.InvalidParameter", parameters: ["parameter": .string(name)])
    }

    /// `com.novi.Supervisor.InvalidDefinition`.
    static func invalidDefinition(_ problems: [String]) -> CallFailure {
        CallFailure(
            name: "com.novi.Supervisor.InvalidDefinition",
            parameters: ["problems": .array(problems.map { .string($0) })]
        )
    }

    /// `com.novi.Supervisor.InvalidRequest`.
    static func invalidRequest(_ reason: String) -> CallFailure {
        CallFailure(name: "com.novi.Supervisor.InvalidRequest", parameters: ["reason": .string(reason)])
    }
}

/// Takes the parameters of a call out one by one; what is left at the end is unknown.
struct CallParameters {
    private let object: JSONObject
    private var known: [String] = []

    /// The most selections in one call.
    static let maximumSelections = 10_000

    init(_ object: JSONObject) {
        self.object = object
    }

    /// Checks that there was nothing but what was asked for.
    func finish() throws(CallFailure) {
        for key in object.keys where !known.contains(key) {
            throw .invalidParameter(key)
        }
    }

    private mutating func value(_ name: String) -> JSONValue? {
        known.append(name)
        let value = object[name]
        return value == .null ? nil : value
    }

    mutating func optionalBoolean(_ name: String) throws(CallFailure) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.boolValue else { throw .invalidParameter(name) }
        return flag
    }

    mutating func optionalInteger(_ name: String) throws(CallFailure) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integerValue, let integer = Int(exactly: number) else {
            throw .invalidParameter(name)
        }
        return integer
    }

    mutating func optionalMilliseconds(_ name: String) throws(CallFailure) -> Duration? {
        guard let number = try optionalInteger(name) else { return nil }
        guard number > 0 else { throw .invalidParameter(name) }
        return .milliseconds(number)
    }

    mutating func string(_ name: String) throws(CallFailure) -> String {
        guard let text = value(name)?.stringValue else { throw .invalidParameter(name) }
        return text
    }

    mutating func optionalSelections(_ name: String) throws(CallFailure) -> [ProcessSelection]? {
        guard let value = value(name) else { return nil }
        guard let items = value.arrayValue, items.count <= Self.maximumSelections else {
            throw .invalidParameter(name)
        }
        var selections: [ProcessSelection] = []
        selections.reserveCapacity(items.count)
        for item in items {
            guard let text = item.stringValue else { throw .invalidParameter(name) }
            guard let selection = ProcessSelection(text) else {
                throw .invalidRequest("\"\(text)\" is no selection that the daemon understands")
            }
            selections.append(selection)
        }
        return selections
    }

    mutating func selections(_ name: String) throws(CallFailure) -> [ProcessSelection] {
        guard let selections = try optionalSelections(name), !selections.isEmpty else {
            throw .invalidParameter(name)
        }
        return selections
    }

    mutating func signal(_ name: String) throws(CallFailure) -> UnixSignal {
        let text = try string(name)
        guard let signal = UnixSignal(text) else { throw .invalidRequest("there is no signal \(text)") }
        return signal
    }

    mutating func scale() throws(CallFailure) -> ControlRequest.Action {
        let text = try string("app")
        let count = try optionalInteger("instances")
        let change = try optionalInteger("change")
        guard let app = AppName(text) else { throw .invalidRequest("\"\(text)\" is no app name") }
        switch (count, change) {
        case (let count?, nil): return .scale(app, .exactly(count))
        case (nil, let change?): return .scale(app, .change(change))
        case (nil, nil), (_?, _?): throw .invalidRequest("give either instances or change")
        }
    }

    /// Definitions, whose environment may be the number of one in a list: apps of one shell share it.
    mutating func definitions(
        _ name: String,
        environments listName: String
    ) throws(CallFailure) -> [AppDefinition] {
        guard let items = value(name)?.arrayValue, !items.isEmpty else { throw .invalidParameter(name) }
        let list = value(listName)?.arrayValue ?? []
        guard let table = EnvironmentTable(json: list) else { throw .invalidParameter(listName) }
        var definitions: [AppDefinition] = []
        var problems: [String] = []
        for (index, item) in items.enumerated() {
            do throws(AppDefinitionError) {
                definitions.append(try table.definition(item))
            } catch {
                problems.append("apps[\(index)]: \(error)")
            }
        }
        guard problems.isEmpty else { throw .invalidDefinition(problems) }
        return definitions
    }
}
