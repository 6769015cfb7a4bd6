/// What the supervisor tells a worker by environment variables; sensible without a supervisor, too.
public struct WorkerEnvironment: Sendable, Equatable {
    /// The app's name (`NOVI_APP`).
    public let app: String

    /// Where Novi runs (`NOVI_ENV`).
    public let deployment: DeploymentEnvironment

    /// The folder of this process's socket (`NOVI_RUNTIME_DIRECTORY`); `nil` without a supervisor: no socket.
    public let runtimeDirectory: String?

    /// The folder of the app's data (`NOVI_DATA_DIRECTORY`); `nil` without a supervisor.
    public let dataDirectory: String?

    /// The supervisor's run folder, where sibling workers have their sockets (`NOVI_RUN_DIRECTORY`).
    public let runDirectory: String

    /// Whether the fault interface is served (`NOVI_FAULTS=1`): demonstrations and tests only.
    public let servesFaults: Bool

    /// Reads the variables; what is wrong is noted in `reader`.
    ///
    /// - Parameters:
    ///   - reader: The variables; collects the problems.
    ///   - app: The name when no supervisor gives one.
    public init(_ reader: inout VariableReader, app: String) {
        self.app = reader.text("NOVI_APP") ?? app
        deployment = reader.choice("NOVI_ENV", default: .development)
        runtimeDirectory = reader.path("NOVI_RUNTIME_DIRECTORY")
        dataDirectory = reader.path("NOVI_DATA_DIRECTORY")
        servesFaults = reader.flag("NOVI_FAULTS")
        let home = reader.path("NOVI_HOME") ?? "\(reader.text("HOME") ?? "")/.novi"
        runDirectory = reader.path("NOVI_RUN_DIRECTORY") ?? "\(home)/run"
        if let runtimeDirectory {
            let path = Self.socketPath(inside: runtimeDirectory)
            if path.utf8.count > Limits.socketPathBytes {
                reader.report(
                    "the worker socket's path \(path) has \(path.utf8.count) bytes, but Linux allows"
                        + " \(Limits.socketPathBytes): choose a shorter NOVI_HOME"
                )
            }
        }
    }

    /// The path of this worker's socket; `nil` without a supervisor.
    public var socketPath: String? { runtimeDirectory.map(Self.socketPath(inside:)) }

    /// The runtime folder of another app's first instance.
    public func runtimeDirectory(of app: String) -> String { "\(runDirectory)/apps/\(app)-0" }

    /// The socket of another app's first instance.
    public func socketPath(of app: String) -> String { Self.socketPath(inside: runtimeDirectory(of: app)) }

    private static func socketPath(inside directory: String) -> String { "\(directory)/worker.sock" }
}
