import SupervisorCore

/// A machine that exists only in a test: a few programs, a few users.
struct FakeHost: HostFacts {
    var userID: UInt32 = 1000
    var processorCount = 4
    var programDirectory: String? = "/opt/novi/bin"
    var defaultSearchPath = "/usr/bin:/bin"
    var files: [String: File] = [:]
    var users = [
        HostUser(name: "root", userID: 0, groupID: 0, home: "/root"),
        HostUser(name: "amara", userID: 1000, groupID: 1000, home: "/home/amara"),
        HostUser(name: "postgres", userID: 110, groupID: 115, home: "/var/lib/postgresql"),
    ]

    struct File {
        var attributes: FileAttributes
        var bytes: [UInt8] = []
    }

    /// A machine with node, python3, bash, a folder `/srv/app` with scripts, and our own programs.
    init() {
        for program in ["node", "python3", "bash", "sh", "sleep"] { addProgram("/usr/bin/\(program)") }
        addProgram("/opt/novi/bin/noviWorker")
        addFolder("/srv/app")
        addFile("/srv/app/app.js", "console.log(1)\n")
        addFile("/srv/app/app.py", "print(1)\n")
        addFile("/srv/app/server", "\u{7F}ELF", permissions: 0o755)
        addFile("/srv/app/run", "#!/bin/sh\n", permissions: 0o755)
        addFile("/srv/app/notes", "text\n")
        addFile("/srv/app/wrong", "text\n", permissions: 0o755)
    }

    mutating func addFolder(_ path: String, permissions: UInt32 = 0o755, owner: UInt32 = 0, inode: UInt64 = 0)
    {
        files[path] = File(
            attributes: FileAttributes(
                kind: .directory,
                permissions: permissions,
                userID: owner,
                groupID: owner,
                inode: inode
            )
        )
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        if path != "/", files["/" + parent] == nil { addFolder("/" + parent) }
    }

    mutating func addProgram(_ path: String) {
        addFile(path, "\u{7F}ELF", permissions: 0o755)
    }

    mutating func addFile(_ path: String, _ text: String, permissions: UInt32 = 0o644) {
        let parent = "/" + path.split(separator: "/").dropLast().joined(separator: "/")
        if files[parent] == nil { addFolder(parent) }
        let attributes = FileAttributes(
            kind: .file,
            permissions: permissions,
            inode: UInt64(files.count + 1)
        )
        files[path] = File(attributes: attributes, bytes: Array(text.utf8))
    }

    func attributes(of path: String) throws(HostFileError) -> FileAttributes {
        guard let file = files[path] else { throw .missing }
        return file.attributes
    }

    func canonicalPath(of path: String) -> String? { path }

    func contents(of path: String, limit: Int) throws(HostFileError) -> [UInt8] {
        guard let file = files[path] else { throw .missing }
        guard file.attributes.kind == .file else { throw .notAFile }
        guard file.bytes.count <= limit else { throw .tooLarge(limit: limit) }
        return file.bytes
    }

    func beginning(of path: String, count: Int) throws(HostFileError) -> [UInt8] {
        guard let file = files[path] else { throw .missing }
        return Array(file.bytes.prefix(count))
    }

    func user(named name: String) -> HostUser? { users.first { $0.name == name } }
    func user(withID userID: UInt32) -> HostUser? { users.first { $0.userID == userID } }
    func groupID(named name: String) -> UInt32? { name == "staff" ? 50 : nil }
    func groupIDs(of user: HostUser, primary: UInt32) -> [UInt32] { [primary, 101] }
}

/// Reads a file that is given as text.
func parse(_ text: String) -> EcosystemFile.Content {
    EcosystemFile.parse(Array(text.utf8), fileName: "ecosystem.json")
}

/// Reads and resolves one app with these settings, in `/srv/app`.
func resolve(
    _ settings: String,
    host: FakeHost = FakeHost(),
    change: (inout ResolutionContext) -> Void = { _ in }
) -> AppResolution.Result {
    var context = ResolutionContext(directory: "/srv/app", source: "/srv/app/ecosystem.json")
    change(&context)
    let content = parse("{\"apps\": [{\(settings)}]}")
    var result = AppResolution.resolve(content.apps, in: context, host: host)
    result.issues = content.issues + result.issues
    return result
}
