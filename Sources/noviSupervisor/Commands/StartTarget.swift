import LinuxSystem
import Shared
import SupervisorClient
import SupervisorCore

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
        _ layout: HomeLayout,
        _ patience: Patience = .reading
    ) throws(CommandFailure) -> StartTarget {
        try Selections.refuseEmpty(targets)
        guard let first = targets.first else {
            let usual = ["ecosystem.json", "ecosystem.config.js", "ecosystem.config.cjs"]
            guard let file = usual.first(where: { FileStatus.exists($0) }) else {
                throw CommandFailure(
                    "there is no ecosystem.json in \(WorkingDirectory.current)",
                    .usage,
                    hint:
                        "name a file, an app or a program: noviSupervisor start [FILE | APP… | COMMAND -- ARGS]"
                )
            }
            return .file(file)
        }
        if targets.count == 1, isFile(first) { return .file(first) }
        if programArguments.isEmpty, try areKnown(targets, layout, patience) { return .known(targets) }
        guard targets.count == 1 else { throw severalTargets(targets, layout, patience) }
        try refuseTypingError(first, programArguments, layout, patience)
        return .program(first)
    }

    /// Of several words all must be known apps: the first that is not is named.
    private static func severalTargets(
        _ targets: [String],
        _ layout: HomeLayout,
        _ patience: Patience
    ) -> CommandFailure {
        let names = knownNames(layout, patience)
        guard let unknown = targets.first(where: { (try? areKnown([$0], layout, patience)) != true }) else {
            let all = targets.joined(separator: ", ")
            return CommandFailure("\(all) are apps, which take no arguments behind --", .usage)
        }
        return CommandFailure(
            "\(unknown) is no known app",
            .noSuchApp,
            hint: NearestName.find(unknown, among: names).map { "did you mean \"\($0)\"?" }
                ?? "the arguments of a program go behind --"
        )
    }

    /// A bare word that is no app, no file and no program is a mistyped name, told with the nearest one.
    private static func refuseTypingError(
        _ target: String,
        _ programArguments: [String],
        _ layout: HomeLayout,
        _ patience: Patience
    ) throws(CommandFailure) {
        guard programArguments.isEmpty, !FileStatus.exists(target), let word = programWord(of: target),
            !word.contains("/"), !FileStatus.exists(word), !isProgram(word)
        else { return }
        let nearest = NearestName.find(word, among: knownNames(layout, patience))
        throw CommandFailure(
            "\(word) is no known app, no file here and no program in PATH",
            .noSuchApp,
            hint: nearest.map { "did you mean \"\($0)\"?" }
        )
    }

    private static func knownNames(_ layout: HomeLayout, _ patience: Patience) -> [String] {
        guard let client = try? ControlClient(layout, patience), let all = try? Listing.processes(client, nil)
        else {
            return LastKnownState.appNames(layout)
        }
        return all.compactMap { $0["name"]?.stringValue }
    }

    /// The word that names the program: the first of a command line; `nil` where only a shell can tell, or nobody.
    private static func programWord(of target: String) -> String? {
        guard isCommandLine(target) else { return target }
        guard !ShellWords.needsShell(target) else { return nil }
        // A line that cannot be split is told by what reads it.
        return (try? ShellWords.split(target))?.first
    }

    /// Whether a target is several words, which no app's name is.
    private static func isCommandLine(_ target: String) -> Bool { target.contains { $0.isWhitespace } }

    /// Whether a name is a program of PATH, or one of ours.
    private static func isProgram(_ name: String) -> Bool {
        let folders = (CurrentProcess.environmentValue("PATH") ?? "").split(separator: ":").map(String.init)
        return FileStatus.exists(DaemonLauncher.beside(name))
            || folders.contains { FileStatus.exists("\($0)/\(name)") }
    }

    /// Whether a target names an ecosystem file rather than an app or a program.
    static func isFile(_ target: String) -> Bool {
        // PM2's files of JavaScript are no programs: what reads them says how they become JSON.
        if target.hasSuffix(".json") || EcosystemFile.isJavaScript(target) { return true }
        guard let status = try? FileStatus(path: target) else { return false }
        return status.kind == .directory && FileStatus.exists("\(target)/ecosystem.json")
    }

    /// Whether a target can be no selection of apps: a path, or a command line.
    private static func isProgramOnly(_ target: String) -> Bool {
        if target.hasPrefix("/") { return !target.hasSuffix("/") || FileStatus.exists(target) }
        return target.hasPrefix("./") || isCommandLine(target)
    }

    private static func areKnown(
        _ targets: [String],
        _ layout: HomeLayout,
        _ patience: Patience
    ) throws(CommandFailure) -> Bool {
        guard !targets.contains(where: isProgramOnly) else { return false }
        let client: ControlClient
        do throws(CommandFailure) {
            client = try ControlClient(layout, patience)
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
