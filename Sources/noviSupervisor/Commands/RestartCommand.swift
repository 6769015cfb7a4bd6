import ArgumentParser
import Shared
import SupervisorClient

/// The command `restart [APP… | FILE]`.
struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Stop and start processes; with a FILE start what does not run, too."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(inversion: .prefixedNo, help: "Whether to wait until they are online again.")
    var wait = true
    @Option(name: .customLong("env"), help: "With a FILE: take env_NAME as well.")
    var environmentName: String?
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all; or a FILE.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let layout = try common.layout()
            let patience = Patience(timeout)
            Interruption.leavesAppsAlone()
            var typed = select
            var applied: [JSONValue] = []
            let client: ControlClient
            if let file = select.first, select.count == 1, StartTarget.isFile(file) {
                let apps = try EcosystemInput.load(
                    file,
                    environmentName: environmentName,
                    only: [],
                    layout: layout
                )
                client = try DaemonLauncher.connect(layout, patience)
                let reply = try EcosystemInput.apply(apps, client, waits: wait)
                // New and changed ones were started by that; the others are restarted now.
                (typed, applied) = Self.unchanged(reply["outcomes"]?.arrayValue ?? [])
                guard !typed.isEmpty else {
                    try ChangingCommand.report(reply, common, showsTable: client)
                    return
                }
            } else {
                guard environmentName == nil else {
                    throw CommandFailure(
                        "--env does nothing with known apps",
                        .usage,
                        hint: "name the file that they are from"
                    )
                }
                client = try DaemonConnection.connect(layout, patience)
            }
            let names = try Selections.resolve(typed, client)
            let reply = try client.call(
                "Restart",
                ChangingCommand.parameters(names, wait: wait, patience.left),
                deadline: TimeoutOption.deadline(for: patience.left)
            )
            let outcomes = applied + (reply["outcomes"]?.arrayValue ?? [])
            try ChangingCommand.report(["outcomes": .array(outcomes)], common, showsTable: client)
        }
    }

    /// The apps that applying a file left as they were, and the outcomes of the others.
    static func unchanged(_ outcomes: [JSONValue]) -> (apps: [String], others: [JSONValue]) {
        var apps: [String] = []
        var others: [JSONValue] = []
        for outcome in outcomes {
            guard ["unchanged", "already_running"].contains(outcome["result"]?.stringValue ?? "") else {
                others.append(outcome)
                continue
            }
            let app = String((outcome["process"]?.stringValue ?? "").prefix { $0 != ":" })
            if !apps.contains(app) { apps.append(app) }
        }
        return (apps, others)
    }
}
