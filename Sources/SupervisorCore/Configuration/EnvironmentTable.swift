public import Shared

/// Environments that several apps share, written and sent once.
///
/// Apps that were started from one shell have the same forty variables; a definition then carries the number of its
/// environment in the table instead of the variables.
public struct EnvironmentTable: Sendable {
    private var environments: [[String: String]] = []

    /// Makes an empty table.
    public init() {}

    /// Reads a table; `nil` when it is no list of objects with texts.
    public init?(json: [JSONValue]) {
        for item in json {
            guard let object = item.objectValue else { return nil }
            var environment: [String: String] = [:]
            for (name, value) in object {
                guard let text = value.stringValue else { return nil }
                environment[name] = text
            }
            environments.append(environment)
        }
    }

    /// The table as a list of objects.
    public var json: JSONValue {
        .array(
            environments.map { environment in
                var object = JSONObject()
                for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
                    object.append(name, .string(value))
                }
                return .object(object)
            }
        )
    }

    /// About how many bytes the table takes as text.
    public var bytes: Int {
        environments.reduce(0) { sum, environment in
            environment.reduce(sum) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        }
    }

    /// The text of a definition with the number of its environment, which is put into the table.
    public mutating func json(_ definition: AppDefinition) -> JSONValue {
        var bare = definition
        bare.environment = [:]
        guard case .object(var object) = bare.json else { return definition.json }
        object["environment"] = .integer(Int64(number(of: definition.environment)))
        return .object(object)
    }

    /// Reads a definition that carries a number, or its own variables.
    ///
    /// - Throws: ``AppDefinitionError`` for what is no definition, or a number that is not in the table.
    public func definition(_ json: JSONValue) throws(AppDefinitionError) -> AppDefinition {
        guard case .object(var object) = json, let number = object["environment"]?.integerValue else {
            return try AppDefinition(json: json)
        }
        guard let index = Int(exactly: number), environments.indices.contains(index) else {
            throw AppDefinitionError(path: "environment", reason: "there is no environment \(number)")
        }
        object["environment"] = nil
        var definition = try AppDefinition(json: .object(object))
        definition.environment = environments[index]
        return definition
    }

    private mutating func number(of environment: [String: String]) -> Int {
        // From the end: apps that share an environment come one after the other.
        if let index = environments.lastIndex(of: environment) { return index }
        environments.append(environment)
        return environments.count - 1
    }
}
