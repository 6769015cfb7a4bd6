import SupervisorCore

/// Lets apps with the same environment share one copy: a thousand apps started from one shell would otherwise hold a
/// thousand copies of the shell's variables.
struct EnvironmentPool {
    private var known: [[String: String]] = []

    /// How many different environments are remembered.
    private static let capacity = 64

    /// Returns the definitions with environments shared where they are equal.
    mutating func intern(_ definitions: [AppDefinition]) -> [AppDefinition] {
        definitions.map { definition in
            var shared = definition
            shared.environment = intern(definition.environment)
            return shared
        }
    }

    private mutating func intern(_ environment: [String: String]) -> [String: String] {
        if let same = known.last(where: { $0 == environment }) { return same }
        known.append(environment)
        if known.count > Self.capacity {
            known.removeFirst()
        }
        return environment
    }
}
