import ArgumentParser
import EcosystemHost
import LinuxSystem
import Shared
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
            let target = try StartTarget.resolve(targets, programArguments, layout)
            let reply: JSONObject
            let client: ControlClient
            switch target {
            case .file(let path):
                let chosen = only.map { $0.split(separator: ",").map(String.init) } ?? []
                let apps = try EcosystemInput.load(
                    path,
                    environmentName: environmentName,
                    only: chosen,
                    layout: layout
                )
                client = try DaemonLauncher.connect(layout)
                reply = try EcosystemInput.apply(apps, client, waits: wait, timeout)
            case .program(let script):
                let line = AppCommandLine(
                    script: script,
                    arguments: programArguments,
                    settings: settings.json
                )
                let apps = try EcosystemInput.load(line, layout: layout)
                client = try DaemonLauncher.connect(layout)
                reply = try EcosystemInput.apply(apps, client, waits: wait, timeout)
            case .known(let names):
                client = try DaemonLauncher.connect(layout)
                reply = try client.call(
                    "Start",
                    ChangingCommand.parameters(try Selections.resolve(names, client), wait: wait, timeout),
                    deadline: TimeoutOption.deadline(for: timeout)
                )
            }
            try ChangingCommand.report(reply, common, showsTable: client)
        }
    }
}

/// What `start` was given.
enum StartTarget {
    case file(String)
    case known([String])
    case program(String)

    /// Tells a file from known apps from a program.
    ///
    /// A known app wins over a program of the same name; `./NAME` names the
    /// program.
    static func resolve(
        _ targets: [String],
        _ programArguments: [String],
        _ layout: HomeLayout
    ) throws(CommandFailure) -> StartTarget {
        guard let first = targets.first else {
            guard FileStatus.exists("ecosystem.json") else {
                throw CommandFailure(
                    "there is no ecosystem.json in \(WorkingDirectory.current)",
                    .usage,
                    hint:
                        "name a file, an app or a program: noviSupervisor start [FILE | APP… | COMMAND -- ARGS]"
                )
            }
            return .file("ecosystem.json")
        }
        if targets.count == 1, isFile(first) { return .file(first) }
        if programArguments.isEmpty, try areKnown(targets, layout) { return .known(targets) }
        guard targets.count == 1 else {
            throw CommandFailure(
                "not all of \(targets.joined(separator: ", ")) are known apps",
                .noSuchApp,
                hint: "the arguments of a program go behind --"
            )
        }
        try refuseTypingError(first, programArguments, layout)
        return .program(first)
    }

    /// A bare word that is no app, no file and no program is a mistyped name, told with the nearest one.
    private static func refuseTypingError(
        _ target: String,
        _ programArguments: [String],
        _ layout: HomeLayout
    ) throws(CommandFailure) {
        guard programArguments.isEmpty, !target.contains("/"), !FileStatus.exists(target), !isProgram(target)
        else { return }
        let nearest = NearestName.find(target, among: knownNames(layout))
        throw CommandFailure(
            "\(target) is no known app, no file here and no program in PATH",
            .noSuchApp,
            hint: nearest.map { "did you mean \"\($0)\"?" }
        )
    }

    private static func knownNames(_ layout: HomeLayout) -> [String] {
        guard let client = try? ControlClient(layout), let all = try? Listing.processes(client, nil) else {
            return LastKnownState.appNames(layout)
        }
        return all.compactMap { $0["name"]?.stringValue }
    }

    private static func isProgram(_ name: String) -> Bool {
        (CurrentProcess.environmentValue("PATH") ?? "").split(separator: ":").contains { folder in
            FileStatus.exists("\(folder)/\(name)")
        }
    }

    /// Whether a target names an ecosystem file rather than an app or a program.
    static func isFile(_ target: String) -> Bool {
        if target.hasSuffix(".json") { return true }
        guard let status = try? FileStatus(path: target) else { return false }
        return status.kind == .directory && FileStatus.exists("\(target)/ecosystem.json")
    }

    private static func areKnown(_ targets: [String], _ layout: HomeLayout) throws(CommandFailure) -> Bool {
        guard !targets.contains(where: { $0.hasPrefix("./") }) else { return false }
        let client: ControlClient
        do throws(CommandFailure) {
            client = try ControlClient(layout)
        } catch {
            guard error.status == .noDaemon else { throw error }
            // Without a daemon, apps are known by the state file, which a new daemon reads.
            return targets.allSatisfy { $0 == "all" || LastKnownState.appNames(layout).contains($0) }
        }
        for target in targets {
            do throws(CommandFailure) {
                _ = try client.call("List", ["select": try Selections.resolve([target], client)])
            } catch {
                guard error.status == .noSuchApp else { throw error }
                return false
            }
        }
        return true
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
        waits: Bool,
        _ timeout: Duration
    ) throws(CommandFailure) -> JSONObject {
        var outcomes: [JSONValue] = []
        for part in parts(of: inDependencyOrder(apps)) {
            let reply = try client.call(
                "Apply",
                [
                    "apps": .array(part), "wait": .bool(waits),
                    "timeout_ms": .integer(timeout.wholeMilliseconds),
                ],
                deadline: TimeoutOption.deadline(for: timeout)
            )
            outcomes += reply["outcomes"]?.arrayValue ?? []
        }
        return ["outcomes": .array(outcomes)]
    }

    private static func parts(of apps: [AppDefinition]) -> [[JSONValue]] {
        var parts: [[JSONValue]] = [[]]
        var size = 0
        for app in apps {
            let json = app.json
            let bytes = json.serialized().count
            if size + bytes > 900_000, !(parts.last ?? []).isEmpty {
                parts.append([])
                size = 0
            }
            parts[parts.count - 1].append(json)
            size += bytes
        }
        return parts
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

/// The settings of PM2's command line that are used most.
struct AppSettings: ParsableArguments {
    @Option(name: .shortAndLong, help: "The name (default: the program's).")
    var name: String?
    @Option(help: "The namespace.")
    var namespace: String?
    @Option(name: .shortAndLong, help: "How many instances; max for one a processor.")
    var instances: String?
    @Option(help: "The working directory.")
    var cwd: String?
    @Option(help: "The interpreter; none for none.")
    var interpreter: String?
    @Option(name: .shortAndLong, help: "The file for standard output.")
    var output: String?
    @Option(name: .shortAndLong, help: "The file for standard error.")
    var error: String?
    @Option(help: "Restart when the process tree uses more, such as 300M.")
    var maxMemoryRestart: String?
    @Option(help: "Give up after so many short runs; unlimited for never.")
    var maxRestarts: String?
    @Option(help: "A fixed wait before each restart, in milliseconds or such as 2s.")
    var restartDelay: String?
    @Option(help: "The wait between the stop signal and SIGKILL.")
    var killTimeout: String?
    @Option(help: "The stop signal.")
    var stopSignal: String?
    @Option(help: "The user.")
    var uid: String?
    @Option(help: "The group.")
    var gid: String?
    @Flag(help: "Wait for READY=1 before it counts as online.")
    var waitReady = false
    @Flag(help: "Do not restart it.")
    var noAutorestart = false
    @Flag(help: "Signal the main process only.")
    var noTreekill = false

    /// The settings by their names in a file.
    var json: JSONObject {
        var object: JSONObject = [:]
        let texts: [(String, String?)] = [
            ("name", name), ("namespace", namespace), ("cwd", cwd), ("interpreter", interpreter),
            ("out_file", output), ("error_file", error), ("max_memory_restart", maxMemoryRestart),
            ("restart_delay", restartDelay), ("kill_timeout", killTimeout), ("stop_signal", stopSignal),
            ("uid", uid), ("gid", gid),
        ]
        for (key, value) in texts {
            if let value { object[key] = .string(value) }
        }
        for (key, value) in [("instances", instances), ("max_restarts", maxRestarts)] {
            if let value { object[key] = Int64(value).map { .integer($0) } ?? .string(value) }
        }
        for key in ["restart_delay", "kill_timeout"] {
            if let number = object[key]?.stringValue.flatMap({ Int64($0) }) { object[key] = .integer(number) }
        }
        if waitReady { object["wait_ready"] = true }
        if noAutorestart { object["autorestart"] = false }
        if noTreekill { object["treekill"] = false }
        return object
    }
}
