import Shared

/// What differs between two versions of one app, and what it costs to put the new one into force.
public struct ConfigurationChange: Hashable, Sendable {
    /// Every part that differs.
    public var parts: [AppPart]

    /// Compares two versions of an app.
    public init(from old: AppDefinition, to new: AppDefinition) {
        parts = AppPart.allCases.filter { $0.differs(old, new) }
    }

    /// The words for the parts that differ, such as `env` and `restart`.
    public var fields: [String] { parts.map(\.rawValue) }
    /// Whether the runs must be replaced; otherwise the new version is in force at once.
    public var needsRestart: Bool { parts.contains(where: \.needsRestart) }
    /// Whether nothing differs.
    public var isEmpty: Bool { parts.isEmpty }
}

/// What differs between two configurations.
public struct ConfigurationDifference: Hashable, Sendable {
    /// An app that is in both and differs.
    public struct ChangedApp: Hashable, Sendable {
        /// The app as it is to be.
        public var app: AppDefinition
        /// What differs.
        public var change: ConfigurationChange
    }

    /// Apps that only the new configuration has, in its order.
    public private(set) var added: [AppDefinition] = []
    /// Apps that only the old configuration has, in its order.
    public private(set) var removed: [AppDefinition] = []
    /// Apps that differ, in the new order.
    public private(set) var changed: [ChangedApp] = []
    /// Apps that are the same, in the new order.
    public private(set) var unchanged: [AppDefinition] = []

    /// Compares two configurations by the names of their apps.
    public init(from old: [AppDefinition], to new: [AppDefinition]) {
        let earlier = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let names = Set(new.map(\.name))
        for app in new {
            guard let before = earlier[app.name] else {
                added.append(app)
                continue
            }
            let change = ConfigurationChange(from: before, to: app)
            if change.isEmpty {
                unchanged.append(app)
            } else {
                changed.append(ChangedApp(app: app, change: change))
            }
        }
        removed = old.filter { !names.contains($0.name) }
    }

    /// Whether nothing is to be done.
    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
}

/// A part of an app that can change by itself.
///
/// The raw value is its word for people and for JSON.
public enum AppPart: String, Hashable, Sendable, CaseIterable {
    case namespace
    case command
    case workingDirectory = "cwd"
    case environment = "env"
    case instances
    case instanceVariable = "instance_var"
    case incrementVariable = "increment_var"
    case automaticStart = "autostart"
    case restart
    case stop
    case readiness
    case watchdog
    case dependencies = "depends_on"
    case memory
    case logs
    case pidFile = "pid_file"
    case user = "uid"
    case limits
    case listen
    case source

    /// Whether a run only gets the new value when it is started again.
    ///
    /// What the supervisor itself acts by is in force at once; what a process received at its start is not.
    public var needsRestart: Bool {
        switch self {
        case .command, .workingDirectory, .environment, .instanceVariable, .incrementVariable, .readiness,
            .watchdog,
            .logs, .pidFile, .user, .limits, .listen:
            true
        case .namespace, .instances, .automaticStart, .restart, .stop, .dependencies, .memory, .source: false
        }
    }

    /// Whether two versions of an app differ in this part.
    func differs(_ old: AppDefinition, _ new: AppDefinition) -> Bool {
        switch self {
        case .namespace: old.namespace != new.namespace
        case .command: old.command != new.command
        case .workingDirectory: old.workingDirectory != new.workingDirectory
        case .environment: old.declaredEnvironment != new.declaredEnvironment
        case .instances: old.instances != new.instances
        case .instanceVariable: old.instanceVariable != new.instanceVariable
        case .incrementVariable: old.incrementVariable != new.incrementVariable
        case .automaticStart: old.startsAutomatically != new.startsAutomatically
        case .restart: old.restart != new.restart
        case .stop: old.stop != new.stop
        case .readiness: old.readiness != new.readiness
        case .watchdog: old.watchdog != new.watchdog
        case .dependencies: Set(old.dependencies) != Set(new.dependencies)
        case .memory: old.memory != new.memory
        case .logs: old.logs != new.logs
        case .pidFile: old.pidFile != new.pidFile
        case .user: old.user != new.user
        case .limits: old.limits != new.limits
        case .listen: old.listen != new.listen
        case .source: old.source != new.source
        }
    }
}

extension AppDefinition {
    /// The variables that the configuration sets.
    ///
    /// Those of the caller's shell differ from one terminal to the next, and nobody wants a restart for that.
    public var declaredEnvironment: [String: String] {
        environment.filter { declaredVariables.contains($0.key) }
    }
}
