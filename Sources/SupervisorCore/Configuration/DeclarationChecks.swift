import Shared

/// An entry that has a name, whatever else is wrong with it.
struct NamedEntry {
    /// The name.
    var name: AppName
    /// Where it is written.
    var origin: DeclarationOrigin
}

/// Checks apps against each other: names, dependencies, sockets.
enum DeclarationChecks {
    /// Finds what is wrong between apps that are each right for themselves.
    ///
    /// - Parameters:
    ///   - apps: The apps that could be read.
    ///   - entries: Every entry with a name: a name is taken, and there to depend on, also where its app is of no use.
    /// - Returns: What was found, by kind.
    static func issues(in apps: [AppDeclaration], named entries: [NamedEntry]) -> [ConfigurationIssue] {
        duplicateNames(in: entries) + unknownDependencies(in: apps, among: Set(entries.map(\.name)))
            + cycles(in: apps) + sharedSockets(in: apps)
    }

    private static func duplicateNames(in entries: [NamedEntry]) -> [ConfigurationIssue] {
        var first: [AppName: DeclarationOrigin] = [:]
        return entries.compactMap { entry in
            guard let earlier = first[entry.name] else {
                first[entry.name] = entry.origin
                return nil
            }
            let place = earlier.path.components.isEmpty ? "another app" : "\(earlier.path)"
            return entry.origin.issue(
                about: .name,
                "\(place) is named \(entry.name), too",
                hint: "names are unique"
            )
        }
    }

    private static func unknownDependencies(
        in apps: [AppDeclaration],
        among names: Set<AppName>
    ) -> [ConfigurationIssue] {
        apps.flatMap { app in
            app.dependencies.compactMap { dependency in
                if names.contains(dependency.app) { return nil }
                let nearest = NearestName.suggestion(
                    for: dependency.app.rawValue,
                    among: names.sorted().lazy.filter { $0 != app.name }.map(\.rawValue)
                )
                return app.origin.issue(
                    about: .dependencies,
                    "no app is named \"\(dependency.app)\"\(nearest)"
                )
            }
        }
    }

    /// Names each cycle once, at the first of its apps in the file.
    private static func cycles(in apps: [AppDeclaration]) -> [ConfigurationIssue] {
        var byName: [AppName: AppDeclaration] = [:]
        for app in apps where byName[app.name] == nil { byName[app.name] = app }
        var done: Set<AppName> = []
        var issues: [ConfigurationIssue] = []

        // Depth first with a stack of our own: a chain of a thousand apps must not exhaust the thread's.
        for app in apps where !done.contains(app.name) {
            var chain: [(name: AppName, next: Int)] = [(app.name, 0)]
            while let top = chain.last {
                let dependencies = byName[top.name]?.dependencies ?? []
                guard top.next < dependencies.count else {
                    done.insert(top.name)
                    chain.removeLast()
                    continue
                }
                chain[chain.count - 1].next += 1
                let target = dependencies[top.next].app
                if let start = chain.firstIndex(where: { $0.name == target }) {
                    let names = chain[start...].map(\.name.rawValue) + [target.rawValue]
                    issues.append(issue(forCycle: names, in: byName[target] ?? app))
                } else if !done.contains(target), byName[target] != nil {
                    chain.append((target, 0))
                }
            }
        }
        return issues
    }

    private static func issue(forCycle names: [String], in app: AppDeclaration) -> ConfigurationIssue {
        if names.count == 2 {
            return app.origin.issue(about: .dependencies, "\(app.name) depends on itself")
        }
        return app.origin.issue(
            about: .dependencies,
            "the apps wait for each other: " + names.joined(separator: " → "),
            hint: "remove one of these dependencies"
        )
    }

    private static func sharedSockets(in apps: [AppDeclaration]) -> [ConfigurationIssue] {
        var owners: [String: AppName] = [:]
        var issues: [ConfigurationIssue] = []
        for app in apps {
            for address in app.listen {
                if let owner = owners[address] {
                    let whose = owner == app.name ? "is written twice" : "belongs to \(owner)"
                    issues.append(app.origin.issue(about: .listen, "\(address) \(whose)"))
                } else {
                    owners[address] = app.name
                }
            }
        }
        return issues
    }
}
