import Glibc
import Logging
import WorkerSupport

/// Turns this process into a private PostgreSQL: cluster, role, database, then exec.
struct DatabaseServer {
    private let configuration: DatabaseServerConfiguration
    private let log: WorkerLog

    init(_ configuration: DatabaseServerConfiguration) {
        self.configuration = configuration
        log = WorkerLog(app: "database", deployment: .development)
    }

    /// Becomes postgres; returns only by throwing.
    ///
    /// - Throws: ``ConfigurationFailure`` when there is no fitting PostgreSQL or the folder holds something else;
    ///   ``DatabaseServerFailure`` when a step fails.
    func become() throws {
        let cluster = DatabaseCluster(configuration, log: log)
        let existing = try cluster.existingVersion()
        let installation = try installation(for: existing)
        try cluster.lock()
        if existing == nil { try cluster.create(with: installation) }
        try cluster.writeAuthentication()
        try cluster.ensureDatabase(with: installation)
        try become(installation)
    }

    private func installation(for existing: Int?) throws -> PostgreSQLInstallation {
        let installations: [PostgreSQLInstallation]
        if let directory = configuration.binaryDirectory {
            installations = PostgreSQLInstallation(directory: directory).map { [$0] } ?? []
            guard !installations.isEmpty else {
                throw ConfigurationFailure(problems: [
                    "NOVI_POSTGRES_BIN is \(directory), but there is no working postgres and initdb in it"
                ])
            }
        } else {
            installations = PostgreSQLInstallation.all()
        }
        guard let newest = installations.first else {
            throw ConfigurationFailure(problems: [
                "there is no PostgreSQL below \(PostgreSQLInstallation.root): install the package \"postgresql\","
                    + " set NOVI_POSTGRES_BIN, or set DATABASE_URL to use a database elsewhere"
            ])
        }
        guard let existing else { return newest }
        guard let fitting = installations.first(where: { $0.majorVersion == existing }) else {
            throw ConfigurationFailure(problems: [
                "the cluster in \(configuration.clusterDirectory) was made by PostgreSQL \(existing), but only"
                    + " version \(installations.map { String($0.majorVersion) }.joined(separator: ", ")) is installed:"
                    + " install postgresql-\(existing), or upgrade the cluster with pg_upgrade"
            ])
        }
        return fitting
    }

    private func become(_ installation: PostgreSQLInstallation) throws {
        let cluster = configuration.clusterDirectory
        let settings = [
            "listen_addresses": "",
            "port": String(DatabaseServerConfiguration.port),
            "unix_socket_directories": configuration.socketDirectory,
            "hba_file": "\(cluster)/\(DatabaseCluster.accessFile)",
            "ident_file": "\(cluster)/\(DatabaseCluster.userMapFile)",
            "logging_collector": "off",
            "log_destination": "stderr",
        ]
        var arguments = ["\(installation.directory)/postgres", "-D", cluster]
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            arguments += ["-c", "\(name)=\(value)"]
        }
        log.operations.info("starting PostgreSQL \(installation.majorVersion) in \(cluster)")

        // Inherited connection settings would only mislead; the server needs none of them.
        for name in VariableReader.processVariables().keys where name.hasPrefix("PG") { unsetenv(name) }
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        // The mask of this thread would live on in postgres.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        execv(arguments[0], argv)
        throw DatabaseServerFailure("cannot become \(arguments[0])", errno)
    }
}

/// A step towards the database server that failed.
struct DatabaseServerFailure: Error, CustomStringConvertible {
    let description: String

    /// A failure with a reason in words.
    init(_ attempt: String, _ reason: String) {
        description = "\(attempt): \(reason)"
    }

    /// A failure with the reason of a system call (errno(3)).
    init(_ attempt: String, _ error: Int32) {
        self.init(attempt, String(cString: strerror(error)))
    }
}
