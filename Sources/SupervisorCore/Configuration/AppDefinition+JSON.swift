public import Shared

extension AppDefinition {
    /// The app as it goes into the state file and over the control socket.
    ///
    /// Times are whole milliseconds in `…_ms`, sizes bytes in `…_bytes`; what is not set is left out. The order of
    /// keys is fixed, so that equal apps give equal bytes.
    public var json: JSONValue {
        var object = JSONObject()
        object["name"] = .string(name.rawValue)
        object["namespace"] = .string(namespace)
        object["command"] = [
            "executable": .string(command.executable),
            "arguments": .array(command.arguments.map(JSONValue.string)),
            "script": .string(command.script),
        ]
        object["working_directory"] = .string(workingDirectory)
        object["environment"] = .object(
            environment.sorted { $0.key < $1.key }.reduce(into: JSONObject()) {
                $0[$1.key] = .string($1.value)
            }
        )
        object["declared_variables"] = .array(declaredVariables.sorted().map(JSONValue.string))
        object["instances"] = .integer(Int64(instances))
        object["instance_variable"] = .string(instanceVariable)
        object["increment_variable"] = incrementVariable.map(JSONValue.string)
        object["starts_automatically"] = .bool(startsAutomatically)
        object["restart"] = restart.json
        object["stop"] = [
            "signal": .string(stop.signal.jsonText),
            "kill_timeout_ms": .integer(stop.killTimeout.wholeMilliseconds),
            "includes_tree": .bool(stop.includesTree),
        ]
        object["readiness"] = readiness.json
        object["watchdog_ms"] = watchdog.map { .integer($0.wholeMilliseconds) }
        object["dependencies"] = .array(
            dependencies.map {
                ["app": .string($0.app.rawValue), "condition": .string($0.condition.rawValue)]
            }
        )
        object["memory"] = memory.json
        object["logs"] = logs.json
        object["pid_file"] = pidFile.map(JSONValue.string)
        object["user"] = user?.json
        object["limits"] = limits.json
        object["listen"] = .array(listen.map(JSONValue.string))
        object["source"] = source.map(JSONValue.string)
        return .object(object)
    }

    /// Reads an app that ``json`` wrote, also by another version: members that are not known are skipped, missing
    /// ones take their default.
    ///
    /// - Throws: The first member that is wrong.
    public init(json: JSONValue) throws(AppDefinitionError) {
        let fields = try JSONFields(json)
        guard let name = AppName(try fields.required("name")) else {
            throw fields.failure("name", "is no name")
        }
        guard let command = try fields.fields("command") else {
            throw fields.failure("command", "is missing")
        }
        let executable = try command.required("executable")
        guard executable.hasPrefix("/") else { throw command.failure("executable", "is not absolute") }
        let workingDirectory = try fields.required("working_directory")
        guard workingDirectory.hasPrefix("/") else {
            throw fields.failure("working_directory", "is not absolute")
        }
        self.init(
            name: name,
            command: AppCommand(
                executable: executable,
                arguments: try command.strings("arguments"),
                script: try command.string("script")
            ),
            workingDirectory: workingDirectory
        )
        namespace = try fields.string("namespace") ?? namespace
        environment = try fields.variables("environment")
        declaredVariables = Set(try fields.strings("declared_variables"))
        instances = try fields.integer("instances", in: 1...ConfigurationLimits.maximumInstances) ?? instances
        instanceVariable = try fields.string("instance_variable") ?? instanceVariable
        incrementVariable = try fields.string("increment_variable")
        startsAutomatically = try fields.bool("starts_automatically") ?? startsAutomatically
        if let restart = try fields.fields("restart") { self.restart = try RestartPolicy(restart) }
        if let stop = try fields.fields("stop") { self.stop = try StopPolicy(stop) }
        if let readiness = try fields.fields("readiness") { self.readiness = try ReadinessPolicy(readiness) }
        watchdog = try fields.duration("watchdog_ms")
        dependencies = try Self.dependencies(in: fields)
        if let memory = try fields.fields("memory") { self.memory = try MemoryPolicy(memory) }
        if let logs = try fields.fields("logs") { self.logs = try LogDestinations(logs) }
        pidFile = try fields.string("pid_file")
        user = try fields.fields("user").map { (user) throws(AppDefinitionError) in try AppUser(user) }
        if let limits = try fields.fields("limits") { self.limits = try ProcessLimits(limits) }
        listen = try fields.strings("listen")
        for address in listen {
            if let problem = ListenAddress.problem(with: address) { throw fields.failure("listen", problem) }
        }
        source = try fields.string("source")
    }

    private static func dependencies(in fields: JSONFields) throws(AppDefinitionError) -> [AppDependency] {
        var dependencies: [AppDependency] = []
        for value in try fields.array("dependencies") {
            let dependency = try JSONFields(value, path: "dependencies")
            guard let app = AppName(try dependency.required("app")) else {
                throw dependency.failure("app", "is no name")
            }
            let condition = try dependency.string("condition") ?? DependencyCondition.ready.rawValue
            guard let condition = DependencyCondition(rawValue: condition) else {
                throw dependency.failure("condition", "is unknown")
            }
            dependencies.append(AppDependency(app: app, condition: condition))
        }
        return dependencies
    }
}
