import Shared

/// Finds files that two apps would write at once (M3: one writer, one file).
enum SharedFiles {
    private enum Key: Hashable {
        case path(String)
        case inode(device: UInt64, number: UInt64)
    }

    /// Finds log and pid files that belong to two apps, also by two names.
    static func issues(
        apps: [AppDefinition],
        declarations: [AppDeclaration],
        host: some HostFacts
    ) -> [ConfigurationIssue] {
        var owners: [Key: (app: AppName, path: String)] = [:]
        var issues: [ConfigurationIssue] = []
        for app in apps {
            guard let origin = declarations.first(where: { $0.name == app.name })?.origin else { continue }
            let files: [(String?, AppSetting)] = [
                (app.logs.isDisabled ? nil : app.logs.output, .outputFile),
                (app.logs.isDisabled ? nil : app.logs.error, .errorFile),
                (app.pidFile, .pidFile),
            ]
            for case (let path?, let setting) in files where !path.hasPrefix("/dev/") {
                for key in keys(of: path, host: host) {
                    guard let owner = owners[key] else {
                        owners[key] = (app.name, path)
                        continue
                    }
                    // stdout and stderr of one app may share one file: they share one pipe, too.
                    let isOwnLog = owner.app == app.name && owner.path == path && setting != .pidFile
                    if isOwnLog { continue }
                    let names = owner.path == path ? "" : " (as \(owner.path))"
                    issues.append(
                        origin.issue(
                            about: setting,
                            "\(path) is written by \(owner.app)\(names), too",
                            hint:
                                "give each app a file of its own; lines of several apps go together in a common \"log_file\""
                        )
                    )
                    break
                }
            }
        }
        return issues
    }

    private static func keys(of path: String, host: some HostFacts) -> [Key] {
        guard let attributes = try? host.attributes(of: path), attributes.kind == .file, attributes.inode != 0
        else {
            return [.path(path)]
        }
        return [.path(path), .inode(device: attributes.device, number: attributes.inode)]
    }
}
