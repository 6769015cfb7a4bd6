public import Logging

/// The two logs of a worker.
public struct WorkerLog: Sendable {
    /// The worker's own log, as detailed as the deployment wants.
    public let worker: Logger

    /// What operators must see in every deployment: connections, memory, shutdown (spec A2, "ops channel").
    public let operations: Logger

    /// Makes the logs of an app.
    public init(app: String, deployment: DeploymentEnvironment) {
        worker = Logger(label: app) { label, _ in StandardErrorLog(label: label, level: deployment.logLevel) }
        operations = Logger(label: app) { label, _ in StandardErrorLog(label: label, level: .info) }
    }
}
