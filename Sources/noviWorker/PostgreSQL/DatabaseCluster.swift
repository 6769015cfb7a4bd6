import Glibc
import Logging
import WorkerSupport

/// A PostgreSQL cluster in a folder of ours: made whole or not at all, never deleted.
final class DatabaseCluster {
    /// Who may connect, in the cluster's folder (pg_hba.conf's format).
    static let accessFile = "novi_hba.conf"

    /// Which system users are which roles, in the cluster's folder (pg_ident.conf's format).
    static let userMapFile = "novi_ident.conf"

    private static let superuser = "postgres"
    private static let role = "novi"

    /// The group whose rights workers take on: rows, but no tables.
    static let workerGroup = "novi_app"

    /// The groups that migrations grant rights to, where they are there.
    private static let groups = [workerGroup, "novi_backup", "novi_report"]

    /// What the marker says once roles and database are as this program makes them.
    private static let marker = "roles 1\n"

    private let configuration: DatabaseServerConfiguration
    private let log: WorkerLog
    private var lockDescriptor: Int32 = -1

    private var path: String { configuration.clusterDirectory }
    private var unfinishedPath: String { "\(path).unfinished" }
    private var markerPath: String { "\(path)/novi_\(configuration.databaseName).created" }

    init(_ configuration: DatabaseServerConfiguration, log: WorkerLog) {
        self.configuration = configuration
        self.log = log
    }

    /// The major version of the cluster that is there; `nil` when there is none.
    ///
    /// - Returns: The version of PG_VERSION.
    /// - Throws: ``ConfigurationFailure`` when the folder holds something that is no cluster.
    func existingVersion() throws -> Int? {
        if let text = try? readFile("\(path)/PG_VERSION") {
            guard let version = PostgreSQLInstallation.majorVersion(of: text) else {
                throw ConfigurationFailure(problems: ["\(path)/PG_VERSION holds no version: \"\(text)\""])
            }
            return version
        }
        guard folders(in: path).isEmpty, access(path, F_OK) != 0 || access(path, R_OK | X_OK) == 0 else {
            throw ConfigurationFailure(problems: [
                "\(path) is there, but is no PostgreSQL cluster that this user can read: move it away or fix its owner"
            ])
        }
        return nil
    }

    /// Keeps a second worker from making the same cluster; given up at exec, when PostgreSQL's own lock holds.
    func lock() throws {
        let lockPath = "\(path).lock"
        lockDescriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lockDescriptor >= 0 else { throw DatabaseServerFailure("cannot open \(lockPath)", errno) }
        guard flock(lockDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw DatabaseServerFailure(
                "cannot prepare \(path)",
                "another worker is at it (it holds \(lockPath))"
            )
        }
    }

    /// Makes the cluster beside its final place and moves it there when it is whole.
    func create(with installation: PostgreSQLInstallation) throws {
        log.operations.info("making a PostgreSQL \(installation.majorVersion) cluster in \(path)")
        // What a crash left of an earlier attempt; only ever written by this function, under the lock.
        try run(
            "/bin/rm",
            ["-rf", "--one-file-system", unfinishedPath],
            "remove the unfinished cluster \(unfinishedPath)"
        )
        try run(
            "\(installation.directory)/initdb",
            [
                "--pgdata=\(unfinishedPath)", "--username=\(Self.superuser)", "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums", "--auth=peer", "--no-instructions",
            ],
            "make the cluster \(unfinishedPath)"
        )
        guard rename(unfinishedPath, path) == 0 else {
            throw DatabaseServerFailure("cannot rename \(unfinishedPath) to \(path)", errno)
        }
        try synchronize(configuration.dataDirectory)
    }

    /// Writes who may connect; anew at each start, because the supervisor's user may have changed.
    func writeAuthentication() throws {
        let head = "# Written at each start by noviWorker; changes are lost.\n"
        let access = head + "local all all peer map=novi\n"
        var userMap = head
        for user in configuration.users {
            userMap += "novi \(Self.quoted(user)) \(Self.role)\n"
            if user == configuration.users.first || user == "root" {
                userMap += "novi \(Self.quoted(user)) \(Self.superuser)\n"
            }
        }
        try replaceFile("\(path)/\(Self.accessFile)", with: access)
        try replaceFile("\(path)/\(Self.userMapFile)", with: userMap)
    }

    /// Makes the role and the database with a single-user server, once for each name.
    func ensureDatabase(with installation: PostgreSQLInstallation) throws {
        guard (try? readFile(markerPath)) != Self.marker else { return }
        let name = configuration.databaseName
        // A single-user server takes one statement a line, and its exit code tells nothing of them.
        let script = """
            DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '\(Self.role)') THEN \
            CREATE ROLE \(Self.role) LOGIN; END IF; END $$;
            \(Self.groups.map(Self.groupStatement).joined(separator: "\n"))
            CREATE DATABASE \(name) OWNER \(Self.role);
            SELECT 'novi has ' || datname AS found FROM pg_database WHERE datname = '\(name)';

            """
        let program = Program(
            path: "\(installation.directory)/postgres",
            arguments: ["--single", "-D", path, "-c", "listen_addresses=", Self.superuser]
        )
        let result = try program.run(input: script)
        guard result.code == 0, result.output.contains("novi has \(name)") else {
            writeToStandardError(result.output)
            throw DatabaseServerFailure(
                "cannot make the database \(name) in \(path)",
                "see PostgreSQL's words above"
            )
        }
        try replaceFile(markerPath, with: Self.marker)
        log.operations.info("the role \(Self.role) and the database \(name) are there")
    }

    private func run(_ program: String, _ arguments: [String], _ attempt: String) throws {
        let result = try Program(path: program, arguments: arguments).run()
        if result.code != 0 {
            writeToStandardError(result.output)
            throw DatabaseServerFailure("cannot \(attempt)", "\(program) exited with code \(result.code)")
        }
    }

    private static func groupStatement(_ group: String) -> String {
        let member = group == workerGroup ? "GRANT \(group) TO \(role);" : ""
        return "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '\(group)') THEN "
            + "CREATE ROLE \(group); END IF; \(member) END $$;"
    }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
