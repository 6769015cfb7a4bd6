import Glibc
import WorkerSupport

/// Where the private PostgreSQL lives and who may use it.
struct DatabaseServerConfiguration {
    /// The port; only part of the socket's name.
    static let port = 5432

    /// The cluster's folder.
    let clusterDirectory: String

    /// The folder that the cluster's folder is made in.
    let dataDirectory: String

    /// The folder of the Unix socket.
    let socketDirectory: String

    /// The folder of PostgreSQL's programs; `nil` to search.
    let binaryDirectory: String?

    /// The database that must exist.
    let databaseName: String

    /// The system users that may connect, the owner first: root, the supervisor's, and those of `NOVI_DATABASE_USERS`
    /// (names with commas between), as which the other workers run.
    let users: [String]

    /// Reads variables and options; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader, dataDirectory: String?, socketDirectory: String?) {
        let environment = WorkerEnvironment(&reader, app: "database")
        if geteuid() == 0 {
            reader.report(
                "PostgreSQL refuses to run as root: set \"uid\": \"postgres\" for the app in ecosystem.json,"
                    + " or start this as another user"
            )
        }
        let data = dataDirectory.map(Self.absolute) ?? environment.dataDirectory
        if data == nil { reader.report("no data folder: set NOVI_DATA_DIRECTORY or give --data-directory") }
        self.dataDirectory = data ?? ""
        clusterDirectory = "\(self.dataDirectory)/postgresql"
        self.socketDirectory =
            socketDirectory.map(Self.absolute) ?? environment.runtimeDirectory ?? self.dataDirectory
        let socket = "\(self.socketDirectory)/.s.PGSQL.\(Self.port)"
        if socket.utf8.count > Limits.socketPathBytes {
            reader.report(
                "the database's socket \(socket) has \(socket.utf8.count) bytes, but Linux allows"
                    + " \(Limits.socketPathBytes): choose a shorter NOVI_HOME"
            )
        }
        binaryDirectory = reader.path("NOVI_POSTGRES_BIN")
        databaseName = environment.deployment.databaseName

        var users: [String] = []
        if let owner = userName(geteuid()) {
            users.append(owner)
        } else {
            reader.report(
                "user \(geteuid()) has no entry in /etc/passwd, which PostgreSQL needs: choose another \"uid\""
            )
        }
        if !users.contains("root") { users.append("root") }
        if let supervisor = reader.number("NOVI_SUPERVISOR_UID", in: 0...Int64(UInt32.max) - 1) {
            let number = UInt32(supervisor)
            if let name = userName(number) {
                if !users.contains(name) { users.append(name) }
            } else {
                reader.report("NOVI_SUPERVISOR_UID \(number) has no entry in /etc/passwd")
            }
        }
        for name in (reader.text("NOVI_DATABASE_USERS") ?? "").split(separator: ",").map(String.init) {
            guard getpwnam(name) != nil else {
                reader.report("NOVI_DATABASE_USERS names \"\(name)\", which has no entry in /etc/passwd")
                continue
            }
            if !users.contains(name) { users.append(name) }
        }
        self.users = users
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let working = getcwd(nil, 0) else { return path }
        defer { free(working) }
        return "\(String(cString: working))/\(path)"
    }
}

/// The name of a user (getpwuid_r(3)); `nil` when there is none.
private func userName(_ number: uid_t) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    return buffer.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress,
            getpwuid_r(number, &entry, base, buffer.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return nil }
        return String(cString: name)
    }
}
