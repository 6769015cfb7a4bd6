import Shared

extension AppResolver {
    /// Looks up the user and groups; `nil` for the supervisor's own.
    mutating func resolveUser() -> AppUser? {
        let request = declaration.user.flatMap { $0.onlyIfRoot && !host.isRoot ? nil : $0 }
        // The group goes with the user: without a switch there is none of the group either.
        if request == nil, declaration.user != nil { return nil }
        guard request != nil || declaration.group != nil else { return nil }
        guard let user = lookUp(request), let group = lookUpGroup(default: user.groupID) else { return nil }
        if user.userID == host.userID, declaration.group == nil { return nil }
        guard host.isRoot else {
            report(
                "cannot run as \(user.name): the supervisor does not run as root",
                about: request == nil ? .group : .user,
                hint: "leave it out, or write \"uid\": {\"if_root\": \"\(user.name)\"}"
            )
            return nil
        }
        return AppUser(
            name: user.name,
            userID: user.userID,
            groupID: group,
            supplementaryGroupIDs: host.groupIDs(of: user, primary: group).filter { $0 != group }
        )
    }

    private mutating func lookUp(_ request: UserRequest?) -> HostUser? {
        guard let request else {
            return host.user(withID: host.userID)
                ?? HostUser(name: "\(host.userID)", userID: host.userID, groupID: host.userID, home: "/")
        }
        if let number = UInt32(request.name) {
            if let user = host.user(withID: number) { return user }
            guard declaration.group == nil else {
                return HostUser(name: request.name, userID: number, groupID: number, home: "/")
            }
            report(
                "no user has the number \(number)",
                about: .user,
                hint: "with a \"gid\" it could still be used"
            )
            return nil
        }
        if let user = host.user(named: request.name) { return user }
        report("no user is named \"\(request.name)\"", about: .user, hint: "create it, or name another one")
        return nil
    }

    private mutating func lookUpGroup(default primary: UInt32) -> UInt32? {
        guard let name = declaration.group else { return primary }
        if let number = UInt32(name) { return number }
        if let number = host.groupID(named: name) { return number }
        report("no group is named \"\(name)\"", about: .group, hint: "create it, or name another one")
        return nil
    }

    /// Checks that a switched user gets to what it needs, and names what forbids it (M26).
    mutating func checkReach(of user: AppUser, command: AppCommand, directory: String) {
        let scriptIsFile = command.script.hasPrefix("/") && command.script != command.executable
        if !isReachable(directory, by: user, bits: 1, for: "the working directory", about: .cwd) { return }
        if !isReachable(command.executable, by: user, bits: 1, for: "the program", about: .script) { return }
        if scriptIsFile, (try? host.attributes(of: command.script)) != nil {
            if !isReachable(command.script, by: user, bits: 4, for: "the script", about: .script) { return }
        }
        if let folder = context.stateDirectory {
            _ = isReachable(folder, by: user, bits: 1, for: "the data folder", about: .user)
        }
    }

    private mutating func isReachable(
        _ path: String,
        by user: AppUser,
        bits: UInt32,
        for what: String,
        about setting: AppSetting
    ) -> Bool {
        var paths = [path]
        if let real = host.canonicalPath(of: path), real != path { paths.append(real) }
        for path in paths {
            for folder in FilePath.ancestors(of: path) {
                guard let attributes = try? host.attributes(of: folder) else { continue }
                guard attributes.grants(1, to: user) else {
                    report(
                        "user \(user.name) cannot enter \(folder), and so not reach \(what) \(path)",
                        about: setting,
                        hint: "chmod o+x \(folder), or move it to where the user gets"
                    )
                    return false
                }
            }
        }
        guard let attributes = try? host.attributes(of: path), !attributes.grants(bits, to: user) else {
            return true
        }
        let verb = attributes.kind == .directory ? "enter" : bits == 4 ? "read" : "execute"
        report(
            "user \(user.name) cannot \(verb) \(what) \(path)",
            about: setting,
            hint: "change its mode or owner"
        )
        return false
    }

    /// Refuses log files in a folder where the app's user may write: it could put a link there, and root would
    /// write to wherever it points (M1).
    mutating func checkLogFolders(of app: AppDefinition, user: AppUser) {
        guard user.userID != 0, host.isRoot else { return }
        var files: [(String?, AppSetting)] = [
            (app.logs.output, .outputFile), (app.logs.error, .errorFile),
            (app.logs.derived.combined, .logFile),
        ]
        files += app.logs.derived.levelFiles.values.sorted().map { ($0, .levelFiles) }
        for (path, setting) in files {
            guard let path, !path.hasPrefix("/dev/") else { continue }
            let folder = FilePath.parent(of: path)
            guard var attributes = try? host.attributes(of: folder) else { continue }
            attributes.hasAccessControlList = false
            guard attributes.grants(2, to: user) else { continue }
            report(
                "user \(user.name) may write in \(folder), where root would write its log",
                about: setting,
                hint: "leave the setting out, or use a folder that only root may change"
            )
        }
    }
}
