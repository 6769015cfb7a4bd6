import Shared

/// The environment of an app, and which part of it the file sets.
struct ResolvedEnvironment {
    /// All variables.
    var variables: [String: String]
    /// The names of those that `env` and `env_file` set.
    var declared: Set<String>
}

extension AppResolver {
    /// Puts the environment together: the caller's, then the files', `env`, and the chosen `env_NAME`.
    mutating func resolveEnvironment(in directory: String, user: AppUser?) -> ResolvedEnvironment {
        var variables = inherited
        if let user {
            variables["USER"] = user.name
            variables["LOGNAME"] = user.name
            variables["HOME"] = host.user(withID: user.userID)?.home ?? "/"
        }
        var declared: [String: String] = [:]
        for file in declaration.environmentFiles {
            declared.merge(readFile(FilePath.absolute(file, in: directory))) { $1 }
        }
        declared.merge(declaration.environment) { $1 }
        if let name = context.environmentName, let named = declaration.namedEnvironments[name] {
            declared.merge(named) { $1 }
        }
        declared = declared.filter { !ReservedVariables.areSetForEachRun($0.key) }
        variables.merge(declared) { $1 }
        let size = variables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 2 }
        if size > ConfigurationLimits.maximumEnvironmentBytes {
            report(
                "the environment has \(size) bytes; at most \(ConfigurationLimits.maximumEnvironmentBytes)",
                about: .env
            )
        }
        return ResolvedEnvironment(variables: variables, declared: Set(declared.keys))
    }

    /// What the app gets before the file adds anything.
    private var inherited: [String: String] {
        let stored = context.storedEnvironments[declaration.name].map(ResolutionContext.inheritable)
        guard let caller = stored ?? context.inheritedEnvironment, declaration.environmentFilter != .dropAll
        else {
            return [
                "PATH": host.defaultSearchPath,
                "LANG": "C.UTF-8",
                "HOME": host.user(withID: host.userID)?.home ?? "/",
            ]
        }
        return switch declaration.environmentFilter {
        case .keepAll, .dropAll: caller
        case .dropNamed(let dropped): caller.filter { $0.key != dropped }
        case .dropContaining(let parts): caller.filter { name, _ in !parts.contains { name.contains($0) } }
        }
    }

    private mutating func readFile(_ path: String) -> [String: String] {
        do {
            let bytes = try host.contents(of: path, limit: EnvironmentFile.maximumBytes)
            let file = EnvironmentFile(parsing: bytes)
            for problem in file.problems {
                issues.append(
                    ConfigurationIssue(
                        file: path,
                        position: SourcePosition(line: problem.line, column: 1),
                        message: problem.message,
                        hint: "read as env_file of \(declaration.name)"
                    )
                )
            }
            return file.variables
        } catch {
            report("cannot read \(path): \(error)", about: .environmentFile)
            return [:]
        }
    }
}
