import Shared

/// Resolves one app and gathers what stands against it.
struct AppResolver<Host: HostFacts> {
    let declaration: AppDeclaration
    let context: ResolutionContext
    let host: Host
    var issues: [ConfigurationIssue] = []

    init(declaration: AppDeclaration, context: ResolutionContext, host: Host) {
        self.declaration = declaration
        self.context = context
        self.host = host
    }

    /// Resolves the app; `nil` when something stands against it.
    mutating func resolve(disabled: [AppName: AppDeclaration]) -> AppDefinition? {
        let directory = resolveDirectory()
        let user = resolveUser()
        var environment = resolveEnvironment(in: directory, user: user)
        let command = resolveCommand(in: directory, searchPath: environment.variables["PATH"])
        if let command, isPython(command), environment.variables["PYTHONUNBUFFERED"] == nil {
            environment.variables["PYTHONUNBUFFERED"] = "1"
        }
        if let user, let command { checkReach(of: user, command: command, directory: directory) }
        addOwnFolder(to: &environment)
        checkIncrement(in: environment.variables)
        guard let command, !issues.containsErrors else { return nil }

        var app = AppDefinition(name: declaration.name, command: command, workingDirectory: directory)
        app.namespace = declaration.namespace
        app.environment = environment.variables
        app.declaredVariables = environment.declared
        app.instances = instanceCount
        if let variable = declaration.instanceVariable { app.instanceVariable = variable }
        app.incrementVariable = declaration.incrementVariable
        app.startsAutomatically = declaration.startsAutomatically
        app.restart = declaration.restart
        app.stop = declaration.stop
        app.readiness = declaration.readiness
        app.watchdog = declaration.watchdog
        app.dependencies = resolveDependencies(disabled: disabled)
        app.memory = declaration.memory
        app.logs.output = declaration.outputFile.map { FilePath.absolute($0, in: directory) }
        app.logs.error = declaration.errorFile.map { FilePath.absolute($0, in: directory) }
        app.logs.isDisabled = declaration.disablesLogs
        app.logs.mergesInstances = declaration.mergesLogs
        app.logs.policy = declaration.logPolicy
        app.logs.policy.archiveDirectory = declaration.logPolicy.archiveDirectory.map {
            FilePath.absolute($0, in: directory)
        }
        if let folder = declaration.logFolder {
            let folder = FilePath.absolute(folder, in: directory)
            app.logs.output = app.logs.output ?? "\(folder)/\(app.name)-out.log"
            app.logs.error = app.logs.error ?? "\(folder)/\(app.name)-error.log"
        }
        app.logs.derived = declaration.derivedLogs
        app.logs.derived.combined = declaration.derivedLogs.combined.map {
            $0.isEmpty ? $0 : FilePath.absolute($0, in: directory)
        }
        app.logs.derived.levelFiles = declaration.derivedLogs.levelFiles.mapValues {
            FilePath.absolute($0, in: directory)
        }
        app.pidFile = declaration.pidFile.map { FilePath.absolute($0, in: directory) }
        app.user = user
        app.limits = declaration.limits
        app.listen = declaration.listen
        app.source = context.source
        warnAboutCluster(command)
        if let user { checkLogFolders(of: app, user: user) }
        return issues.containsErrors ? nil : app
    }

    /// Notes what stands against the app, or is remarkable.
    mutating func report(
        _ message: String,
        about setting: AppSetting?,
        hint: String? = nil,
        severity: ConfigurationIssue.Severity = .error
    ) {
        issues.append(declaration.origin.issue(about: setting, message, hint: hint, severity: severity))
    }

    private var instanceCount: Int {
        switch declaration.instances {
        case .exactly(let count): count
        case .processors(let less):
            min(max(1, host.processorCount - less), ConfigurationLimits.maximumInstances)
        }
    }

    private mutating func resolveDirectory() -> String {
        let written = declaration.workingDirectory
        let path = FilePath.absolute(written ?? context.directory, in: context.directory)
        let hint = written?.hasPrefix("~") == true ? "\"~\" is not expanded; write the whole path" : nil
        do {
            let attributes = try host.attributes(of: path)
            if attributes.kind != .directory { report("\(path) is not a folder", about: .cwd) }
        } catch {
            report("cannot use the working directory \(path): \(error)", about: .cwd, hint: hint)
        }
        return path
    }

    private mutating func resolveDependencies(disabled: [AppName: AppDeclaration]) -> [AppDependency] {
        declaration.dependencies.filter { dependency in
            guard let other = disabled[dependency.app] else { return true }
            let reason =
                switch other.enabled {
                case .unlessSet(let name): "\(name) is set"
                case .ifSet(let name): "\(name) is not set"
                case .always, .never: "\"enabled\" is false"
                }
            report(
                "\(dependency.app) is left out (\(reason)) and counts as satisfied",
                about: .dependencies,
                severity: .warning
            )
            return false
        }
    }

    /// Lets every app find `noviSupervisor notify`, also from a build folder that nobody has in PATH.
    ///
    /// A PATH that the file sets stays as written.
    private func addOwnFolder(to environment: inout ResolvedEnvironment) {
        guard let own = host.programDirectory, let path = environment.variables["PATH"],
            !environment.declared.contains("PATH")
        else { return }
        let folders = path.utf8.split(separator: UInt8(ascii: ":"))
        guard !folders.contains(where: { $0.elementsEqual(own.utf8) }) else { return }
        environment.variables["PATH"] = "\(path):\(own)"
    }

    private mutating func checkIncrement(in variables: [String: String]) {
        guard let name = declaration.incrementVariable else { return }
        guard let text = variables[name] else {
            report("the variable \(name) is not set, so it cannot be counted up", about: .incrementVariable)
            return
        }
        if Int(text) == nil {
            report("the variable \(name) holds no whole number to count up from", about: .incrementVariable)
        }
    }

    /// PM2 runs a Node app with `instances` in cluster mode, where all share its port; here each would open it.
    private mutating func warnAboutCluster(_ command: AppCommand) {
        guard declaration.origin.keys[.instances] != nil, instanceCount > 1, declaration.listen.isEmpty,
            !declaration.isForkModeExplicit, FilePath.name(of: command.executable) == "node"
        else { return }
        report(
            "each instance is a process of its own here, not a cluster worker",
            about: .instances,
            hint: "share a port with \"listen\", or write \"exec_mode\": \"fork\" if that is meant",
            severity: .warning
        )
    }

    private func isPython(_ command: AppCommand) -> Bool {
        FilePath.name(of: command.executable).hasPrefix("python")
            || FilePath.fileExtension(of: command.script) == "py"
    }
}
