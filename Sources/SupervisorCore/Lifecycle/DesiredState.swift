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
        /// A run of an earlier daemon that still lives; never in the file, found by the daemon.
        public var adopted: AdoptedRun?

        /// Makes an entry.
        public init(id: Int, instance: Int, isWanted: Bool, adopted: AdoptedRun? = nil) {
            self.id = id
            self.instance = instance
            self.isWanted = isWanted
            self.adopted = adopted
        }
    }

    /// A run of an earlier daemon that still lives.
    public struct AdoptedRun: Hashable, Sendable {
        /// The run.
        public var run: Run
        /// Whether it was online, or its readiness cannot be known any more (M23).
        public var isOnline: Bool
        /// How many restarts the process had.
        public var restarts: Int

        /// Makes an entry.
        public init(run: Run, isOnline: Bool, restarts: Int) {
            self.run = run
            self.isOnline = isOnline
            self.restarts = restarts
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
