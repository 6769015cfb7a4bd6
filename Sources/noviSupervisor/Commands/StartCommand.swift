import ArgumentParser
import EcosystemHost
import LinuxSystem
import Shared
import SupervisorClient
import SupervisorCore

/// The command `start [FILE | APP… | COMMAND -- ARGS]`.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start the apps of a file, known apps, or a program; starts the daemon when none runs.",
        discussion: """
            Examples:
              noviSupervisor start                         the ecosystem.json of this folder
              noviSupervisor start ecosystem.json --only api --env production --wait
              noviSupervisor start api whatsapp            apps that are known already
              noviSupervisor start ./server.py --name web -i 2 -- --port 8080
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(help: "Wait until everything is online (or completed, or failed).")
    var wait = false
    @Option(help: "Of a file: these apps and what they depend on, separated by commas.")
    var only: String?
    @Option(name: .customLong("env"), help: "Of a file: take env_NAME as well.")
    var environmentName: String?
    @OptionGroup(title: "Settings of a program that is not in a file") var settings: AppSettings
    @Argument(help: "A file, known apps, or a program.", completion: AppNameCompletion.kindWithFiles)
    var targets: [String] = []
    @Option(name: .customLong(ArgumentRewriting.programArgument), help: .hidden)
    var encodedArguments: [String] = []

    /// What stood behind `--`.
    var programArguments: [String] { encodedArguments.map(ArgumentRewriting.decodedArgument) }

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            Interruption.leavesAppsAlone()
            let layout = try common.layout()
            let patience = Patience(timeout)
            let target = try StartTarget.resolve(targets, programArguments, layout, patience)
            try refuseIdleOptions(target)
            let reply: JSONObject
            let client: ControlClient
            switch target {
            case .file(let path):
                let apps = try EcosystemInput.load(
                    path,
                    environmentName: environmentName,
                    only: try OnlyOption.names(only),
                    layout: layout
                )
                client = try DaemonLauncher.connect(layout, patience)
                reply = try EcosystemInput.apply(apps, client, waits: wait)
            case .program(let script):
                let line = AppCommandLine(
                    script: script,
                    arguments: programArguments,
                    settings: settings.json
                )
                let apps = try EcosystemInput.load(line, layout: layout)
                client = try DaemonLauncher.connect(layout, patience)
                reply = try EcosystemInput.apply(apps, client, waits: wait)
            case .known(let names):
                client = try DaemonLauncher.connect(layout, patience)
                reply = try client.call(
                    "Start",
                    ChangingCommand.parameters(try Selections.resolve(names, client), wait: wait, timeout),
                    deadline: TimeoutOption.deadline(for: timeout)
                )
            }
            try ChangingCommand.report(reply, common, showsTable: client)
        }
    }

    /// Refuses options that would do nothing with such a target.
    private func refuseIdleOptions(_ target: StartTarget) throws(CommandFailure) {
        let ofFile = [only.map { _ in "--only" }, environmentName.map { _ in "--env" }].compactMap(\.self)
        let idle: [String]
        let subject: String
        let hint: String
        switch target {
        case .file(let path):
            (idle, subject) = (settings.options, "the file \(path)")
            hint = "write it into the file"
        case .program(let script):
            (idle, subject) = (ofFile, "the program \(script)")
            hint = "it is for a file of apps"
        case .known(let names):
            (idle, subject) = (
                settings.options + ofFile, names.count == 1 ? "the known app \(names[0])" : "known apps"
            )
            hint =
                settings.options.isEmpty
                ? "name the file that the app is from"
                : "name the file or the program to change what is known; ./NAME is a program"
        }
        guard let first = idle.first else { return }
        throw CommandFailure("\(first) does nothing with \(subject)", .usage, hint: hint)
    }
}

/// Definitions on their way to the daemon.
enum EcosystemInput {
    /// Apps of a file, with this shell's environment; mistakes are told, all of them.
    static func load(
        _ path: String,
        environmentName: String?,
        only: [String],
        layout: HomeLayout
    ) throws(CommandFailure) -> [AppDefinition] {
        var loader = loader(layout)
        loader.environmentName = environmentName
        loader.selection = only
        return try checked(loader.load(path), path)
    }

    /// One app of a command line.
    static func load(_ line: AppCommandLine, layout: HomeLayout) throws(CommandFailure) -> [AppDefinition] {
        try checked(loader(layout).load(line), line.script)
    }

    private static func loader(_ layout: HomeLayout) -> EcosystemLoader {
        var loader = EcosystemLoader(inheritingEnvironment: EcosystemLoader.processEnvironment())
        loader.stateDirectory = layout.stateDirectory
        return loader
    }

    private static func checked(
        _ result: AppResolution.Result,
        _ subject: String
    ) throws(CommandFailure)
        -> [AppDefinition]
    {
        for issue in result.issues {
            Output.complain("\(issue)")
        }
        guard !result.issues.containsErrors else {
            let count = result.issues.count { $0.severity == .error }
            throw CommandFailure(
                "\(subject) has \(count) \(count == 1 ? "mistake" : "mistakes"); nothing was started",
                .configuration
            )
        }
        guard !result.apps.isEmpty else {
            throw CommandFailure("\(subject) has no app that is enabled here", .configuration)
        }
        return result.apps
    }

    /// Sends definitions, in several messages when one would be too long (M28).
    ///
    /// Those that others depend on go first or together, so that each message makes sense alone.
    static func apply(
        _ apps: [AppDefinition],
        _ client: ControlClient,
        waits: Bool
    ) throws(CommandFailure) -> JSONObject {
        var outcomes: [JSONValue] = []
        for part in parts(of: inDependencyOrder(apps)) {
            // All messages together have the time of the command.
            let left = client.patience.left
            let reply = try client.call(
                "Apply",
                [
                    "apps": .array(part.apps), "environments": part.table.json, "wait": .bool(waits),
                    "timeout_ms": .integer(left.wholeMilliseconds),
                ],
                deadline: TimeoutOption.deadline(for: left)
            )
            outcomes += reply["outcomes"]?.arrayValue ?? []
        }
        return ["outcomes": .array(outcomes)]
    }

    /// Definitions for one message, and the environments that they share.
    private struct Part {
        var apps: [JSONValue] = []
        var table = EnvironmentTable()
        var bytes = 0

        /// Adds a definition, or leaves it to the next message when this one would be too long.
        mutating func add(_ app: AppDefinition) -> Bool {
            var extended = table
            let json = extended.json(app)
            let size = bytes + json.serialized().count + extended.bytes - table.bytes
            guard size <= 900_000 || apps.isEmpty else { return false }
            apps.append(json)
            table = extended
            bytes = size
            return true
        }
    }

    private static func parts(of apps: [AppDefinition]) -> [Part] {
        var parts: [Part] = []
        var part = Part()
        for app in apps where !part.add(app) {
            parts.append(part)
            part = Part()
            _ = part.add(app)
        }
        return parts + [part]
    }

    private static func inDependencyOrder(_ apps: [AppDefinition]) -> [AppDefinition] {
        guard apps.contains(where: { !$0.dependencies.isEmpty }) else { return apps }
        var remaining = apps
        var sorted: [AppDefinition] = []
        while !remaining.isEmpty {
            let names = Set(remaining.map(\.name))
            let free = remaining.filter { app in app.dependencies.allSatisfy { !names.contains($0.app) } }
            // A cycle was refused before; this only keeps the loop finite.
            guard !free.isEmpty else { return sorted + remaining }
            sorted += free
            let done = Set(free.map(\.name))
            remaining.removeAll { done.contains($0.name) }
        }
        return sorted
    }
}
