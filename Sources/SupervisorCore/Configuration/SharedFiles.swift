public import Shared

/// Finds files that two writers would write at once (M3: one writer, one file).
public enum SharedFiles {
    /// A file that has two writers.
    public struct Conflict: Hashable, Sendable {
        /// Whose setting it is.
        public var app: AppName
        /// The setting.
        package var setting: AppSetting
        /// What is wrong, for people.
        public var message: String
    }

    /// What is written into a file, which decides who may write it together.
    private enum Role: Hashable {
        /// The output of one app: stdout and stderr may share one pipe and so one file.
        case stream
        /// Lines of all apps that name it.
        case combined
        /// Lines of a level of all apps that name it.
        case level(LogLevel)
        case pid
    }

    private enum Key: Hashable {
        case path(String)
        case inode(device: UInt64, number: UInt64)
        /// A name in a folder, whatever path leads there.
        case place(device: UInt64, number: UInt64, name: String)
    }

    private struct Use {
        var app: AppName
        var path: String
        var setting: AppSetting
        var role: Role
        var instance = 0

        /// Whether one writer writes both.
        func sharesWriter(with other: Use) -> Bool {
            guard path == other.path, role == other.role else { return false }
            switch role {
            case .stream: return app == other.app && instance == other.instance
            case .combined, .level: return true
            case .pid: return false
            }
        }
    }

    static let hint =
        "give each app a file of its own; lines of several apps go together in a common \"log_file\""

    /// Finds log and pid files that have two writers, also by two names.
    static func issues(
        apps: [AppDefinition],
        declarations: [AppDeclaration],
        host: some HostFacts
    ) -> [ConfigurationIssue] {
        conflicts(among: apps, logDirectory: nil, host: host).compactMap { conflict in
            let declaration = declarations.first { $0.name == conflict.app }
            return declaration?.origin.issue(about: conflict.setting, conflict.message, hint: hint)
        }
    }

    /// Finds the same among apps, in their order: the later one of two is at fault.
    ///
    /// - Parameters:
    ///   - apps: The apps.
    ///   - logDirectory: Where the files lie that nobody named; `nil` when it is not known.
    ///   - host: The machine.
    /// - Returns: At most one for each setting of an app.
    public static func conflicts(
        among apps: [AppDefinition],
        logDirectory: String?,
        host: some HostFacts
    ) -> [Conflict] {
        var owners: [Key: Use] = [:]
        var conflicts: [Conflict] = []
        var folders: [String: Key?] = [:]
        for app in apps {
            var blamed: Set<AppSetting> = []
            for use in uses(of: app, logDirectory) where !use.path.hasPrefix("/dev/") {
                for key in keys(of: use.path, host, &folders) {
                    guard let owner = owners[key] else {
                        owners[key] = use
                        continue
                    }
                    if owner.sharesWriter(with: use) { continue }
                    if blamed.insert(use.setting).inserted {
                        conflicts.append(
                            Conflict(app: app.name, setting: use.setting, message: message(use, owner))
                        )
                    }
                    break
                }
            }
        }
        return conflicts
    }

    private static func message(_ use: Use, _ owner: Use) -> String {
        let name = owner.path == use.path ? "" : " (as \(owner.path))"
        if owner.app != use.app { return "\(use.path) is written by \(owner.app)\(name), too" }
        if owner.setting == use.setting {
            return "\(use.path) is written for another instance or level of this app\(name), too"
        }
        return "\(use.path) is \(owner.setting.rawValue) of this app\(name), too"
    }

    // MARK: - What an app writes

    private static func uses(of app: AppDefinition, _ logDirectory: String?) -> [Use] {
        var uses: [Use] = []
        func add(_ path: String, _ setting: AppSetting, _ role: Role, instance: Int = 0) {
            let path = FilePath.absolute(path, in: "/")
            uses.append(Use(app: app.name, path: path, setting: setting, role: role, instance: instance))
        }
        func addEach(_ path: String?, _ setting: AppSetting, _ role: Role, isShared: Bool) {
            guard let path, path != "NULL" else { return }
            for instance in 0..<(isShared ? 1 : app.instances) {
                add(FilePath.numbered(path, instance: instance), setting, role, instance: instance)
            }
        }
        if !app.logs.isDisabled {
            let isMerged = app.logs.mergesInstances
            func named(_ suffix: String) -> String? { logDirectory.map { "\($0)/\(app.name)\(suffix).log" } }
            addEach(app.logs.output ?? named("-out"), .outputFile, .stream, isShared: isMerged)
            addEach(app.logs.error ?? named("-error"), .errorFile, .stream, isShared: isMerged)
            if let path = app.logs.derived.combined {
                if let path = path.isEmpty ? named("") : path { add(path, .logFile, .combined) }
            }
            for (level, path) in app.logs.derived.levelFiles.sorted(by: { $0.key < $1.key }) {
                add(path, .levelFiles, .level(level))
            }
        }
        addEach(app.pidFile, .pidFile, .pid, isShared: false)
        return uses
    }

    // MARK: - Names of a file

    private static func keys(
        of path: String,
        _ host: some HostFacts,
        _ folders: inout [String: Key?]
    ) -> [Key] {
        var keys = [Key.path(path)]
        if let attributes = try? host.attributes(of: path), attributes.kind == .file, attributes.inode != 0 {
            keys.append(.inode(device: attributes.device, number: attributes.inode))
        }
        let folder = FilePath.parent(of: path)
        let place = folders[folder] ?? Self.place(ofFolder: folder, host)
        folders[folder] = .some(place)
        if case .place(let device, let number, let rest) = place {
            keys.append(.place(device: device, number: number, name: "\(rest)/\(FilePath.name(of: path))"))
        }
        return keys
    }

    /// The nearest folder above a path that is there, and the way on from it.
    private static func place(ofFolder path: String, _ host: some HostFacts) -> Key? {
        var folder = path
        while true {
            if let attributes = try? host.attributes(of: folder) {
                guard attributes.kind == .directory, attributes.inode != 0 else { return nil }
                let rest = folder == "/" ? path : String(path.dropFirst(folder.count))
                return .place(device: attributes.device, number: attributes.inode, name: rest)
            }
            guard folder != "/" else { return nil }
            folder = FilePath.parent(of: folder)
        }
    }
}
