import Shared

/// What should run: all that the state file holds.
public struct DesiredState: Hashable, Sendable {
    /// One app.
    public struct App: Hashable, Sendable {
        /// The app.
        public var definition: AppDefinition
        /// Its processes.
        public var processes: [Process]

        /// Makes an entry.
        public init(definition: AppDefinition, processes: [Process]) {
            self.definition = definition
            self.processes = processes
        }
    }

    /// One process.
    public struct Process: Hashable, Sendable {
        /// Its number.
        public var id: Int
        /// The number of the instance.
        public var instance: Int
        /// Whether it should run.
        public var isWanted: Bool
        /// Who asked for it to be stopped; `nil` where nobody did.
        public var stopReason: StopReason?

        /// Makes an entry.
        public init(id: Int, instance: Int, isWanted: Bool, stopReason: StopReason? = nil) {
            self.id = id
            self.instance = instance
            self.isWanted = isWanted
            self.stopReason = stopReason
        }
    }

    /// The apps in the order of their registration.
    public var apps: [App]
    /// The number that the next process gets.
    public var nextProcessID: Int

    /// Makes a desired state.
    public init(apps: [App] = [], nextProcessID: Int = 0) {
        self.apps = apps
        self.nextProcessID = nextProcessID
    }
}

/// Bounds of the core.
public enum SupervisorLimits {
    /// The most processes.
    public static let maximumProcesses = 20_000
    /// The most instances of one app.
    public static let maximumInstances = 1000
}
