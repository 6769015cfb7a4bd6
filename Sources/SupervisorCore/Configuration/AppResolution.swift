public import Shared

/// What resolving needs to know of the caller.
public struct ResolutionContext: Sendable {
    /// The absolute folder that relative paths start from: the file's, or the caller's for a command line.
    public var directory: String
    /// The absolute path of the file; `nil` for a command line.
    public var source: String?
    /// Which `env_NAME` is in force; `nil` for none.
    public var environmentName: String?
    /// The caller's environment, which apps inherit; `nil` when they get a minimal one (a service).
    public var inheritedEnvironment: [String: String]?
    /// What apps inherited when they were started, for a file that is read again: it counts instead of
    /// ``inheritedEnvironment``, so that a reload takes away no variable of the shell that started the app.
    public var storedEnvironments: [AppName: [String: String]] = [:]
    /// Where `enabled` looks up its variables.
    public var conditionEnvironment: [String: String]
    /// Only these apps or namespaces and what they depend on; empty for all.
    public var selection: [String] = []
    /// The absolute folder of the apps' data, which a switched user must be able to enter; `nil` when it is not
    /// known.
    public var stateDirectory: String?

    /// Makes a context.
    public init(
        directory: String,
        source: String? = nil,
        inheritedEnvironment: [String: String]? = nil,
        conditionEnvironment: [String: String] = [:]
    ) {
        self.directory = directory
        self.source = source
        self.inheritedEnvironment = inheritedEnvironment
        self.conditionEnvironment = conditionEnvironment
    }

    /// The variables of a caller that an app may inherit at all.
    static func inheritable(_ environment: [String: String]) -> [String: String] {
        environment.filter { name, value in
            name.isVariableName && !ReservedVariables.areNeverInherited(name) && !value.utf8.contains(0)
        }
    }
}

/// Makes runnable apps of declarations: looks up programs, users, folders and environment files.
public enum AppResolution {
    /// What came of it.
    public struct Result: Hashable, Sendable {
        /// The apps that can run, in the file's order.
        public var apps: [AppDefinition]
        /// Everything found; with an error among them the apps must not be used.
        public var issues: [ConfigurationIssue]

        /// Makes a result of its parts.
        public init(apps: [AppDefinition], issues: [ConfigurationIssue]) {
            self.apps = apps
            self.issues = issues
        }
    }

    /// Resolves all declarations, or says everything that stands against it.
    public static func resolve(
        _ declarations: [AppDeclaration],
        in context: ResolutionContext,
        host: some HostFacts
    ) -> Result {
        var issues: [ConfigurationIssue] = []
        let enabled = declarations.filter { $0.enabled.holds(in: context.conditionEnvironment) }
        let chosen = select(from: enabled, all: declarations, in: context, issues: &issues)
        checkEnvironmentName(in: context, declarations: declarations, issues: &issues)
        let present = Set(enabled.map(\.name))
        let disabled = Dictionary(
            declarations.filter { !present.contains($0.name) }.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        // Once for all apps, which then share it.
        var context = context
        context.inheritedEnvironment = context.inheritedEnvironment.map(ResolutionContext.inheritable)
        var apps: [AppDefinition] = []
        for declaration in chosen {
            var resolver = AppResolver(declaration: declaration, context: context, host: host)
            let app = resolver.resolve(disabled: disabled)
            issues += resolver.issues
            if let app { apps.append(app) }
        }
        issues += SharedFiles.issues(apps: apps, declarations: chosen, host: host)
        return Result(apps: apps, issues: Array(issues.prefix(ConfigurationLimits.maximumIssues)))
    }

    /// Keeps what `--only` names, and what that depends on: it could not start otherwise.
    private static func select(
        from enabled: [AppDeclaration],
        all: [AppDeclaration],
        in context: ResolutionContext,
        issues: inout [ConfigurationIssue]
    ) -> [AppDeclaration] {
        guard !context.selection.isEmpty else { return enabled }
        var wanted: Set<AppName> = []
        for text in context.selection {
            let matches = enabled.filter { $0.name.rawValue == text || $0.namespace == text }
            wanted.formUnion(matches.map(\.name))
            guard matches.isEmpty else { continue }
            let file = all.first?.origin.file ?? context.source ?? "command line"
            if all.contains(where: { $0.name.rawValue == text }) {
                issues.append(ConfigurationIssue(file: file, message: "\(text) is not enabled here"))
            } else {
                let nearest = NearestName.suggestion(for: text, among: all.map(\.name.rawValue))
                issues.append(
                    ConfigurationIssue(file: file, message: "no app is named \"\(text)\"\(nearest)")
                )
            }
        }
        var queue = Array(wanted)
        while let name = queue.popLast() {
            for app in enabled where app.name == name {
                for dependency in app.dependencies where wanted.insert(dependency.app).inserted {
                    queue.append(dependency.app)
                }
            }
        }
        return enabled.filter { wanted.contains($0.name) }
    }

    /// An environment that no app knows is a slip of the pen; one that some apps know is normal.
    private static func checkEnvironmentName(
        in context: ResolutionContext,
        declarations: [AppDeclaration],
        issues: inout [ConfigurationIssue]
    ) {
        guard let name = context.environmentName, !declarations.isEmpty else { return }
        let known = Set(declarations.flatMap(\.namedEnvironments.keys)).sorted()
        guard !known.contains(name) else { return }
        issues.append(
            ConfigurationIssue(
                file: declarations.first?.origin.file ?? "command line",
                message: "no app has an environment \"\(name)\""
                    + NearestName.suggestion(for: name, among: known),
                hint: known.isEmpty
                    ? "add \"env_\(name)\": {…} to an app" : "the file has: " + known.joined(separator: ", ")
            )
        )
    }
}
