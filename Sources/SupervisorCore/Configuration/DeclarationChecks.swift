import Shared

/// Checks apps against each other: names, dependencies, sockets.
enum DeclarationChecks {
    /// Finds what is wrong between apps that are each right for themselves.
    static func issues(in apps: [AppDeclaration]) -> [ConfigurationIssue] {
        duplicateNames(in: apps) + unknownDependencies(in: apps) + cycles(in: apps) + sharedSockets(in: apps)
    }

    private static func duplicateNames(in apps: [AppDeclaration]) -> [ConfigurationIssue] {
        var first: [AppName: AppDeclaration] = [:]
        return apps.compactMap { app in
            guard let earlier = first[app.name] else {
                first[app.name] = app
                return nil
            }
            let place = earlier.origin.path.components.isEmpty ? "another app" : "\(earlier.origin.path)"
            return app.origin.issue(
                about: .name,
                "\(place) is named \(app.name), too",
                hint: "names are unique"
            )
        }
    }

    private static func unknownDependencies(in apps: [AppDeclaration]) -> [ConfigurationIssue] {
        let names = Set(apps.map(\.name))
        return apps.flatMap { app in
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
