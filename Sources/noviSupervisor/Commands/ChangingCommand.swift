import ArgumentParser
import LinuxSystem
import Shared
import SupervisorCore

/// What the commands that change something share: ask, print one line a process, fail if one failed.
enum ChangingCommand {
    /// Prints outcomes.
    ///
    /// - Throws: ``CommandFailure`` without a message when a process failed: the lines have said it.
    static func report(
        _ reply: JSONObject,
        _ common: CommonOptions,
        showsTable client: ControlClient? = nil
    )
        throws(CommandFailure)
    {
        let style = common.style
        let lines = OutcomeLines(outcomes: reply["outcomes"]?.arrayValue ?? [], style: style)
        Output.write(lines.text())
        if let client, style.width != nil {
            Output.write("\n" + StatusTable(try Listing.processes(client, nil), style).text())
        }
        if lines.containsFailure { throw CommandFailure("", .failed) }
    }

    /// The parameters of a call that waits for processes.
    static func parameters(_ select: JSONValue, wait: Bool?, _ timeout: Duration) -> JSONObject {
        var parameters: JSONObject = ["select": select, "timeout_ms": .integer(timeout.wholeMilliseconds)]
        if let wait { parameters["wait"] = .bool(wait) }
        return parameters
    }
}

/// The command `stop APP…`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop processes, dependants first."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.")
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            let timeout = try time.duration()
            let names = try Selections.resolve(select, client)
            let reply = try client.call(
                "Stop",
                ChangingCommand.parameters(names, wait: nil, timeout),
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common)
        }
    }
}

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
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all; or a FILE.")
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let layout = try common.layout()
            var typed = select
            let client: ControlClient
            if let file = select.first, select.count == 1, StartTarget.isFile(file) {
                let apps = try EcosystemInput.load(
                    file,
                    environmentName: environmentName,
                    only: [],
                    layout: layout
                )
                client = try DaemonLauncher.connect(layout)
                let known = Set(try Listing.processes(client, nil).compactMap { $0["name"]?.stringValue })
                typed = apps.map(\.name.rawValue).filter { known.contains($0) }
                let reply = try EcosystemInput.apply(apps, client, waits: wait, timeout)
                guard !typed.isEmpty else {
                    try ChangingCommand.report(reply, common, showsTable: client)
                    return
                }
            } else {
                client = try DaemonConnection.connect(layout)
            }
            let names = try Selections.resolve(typed, client)
            let reply = try client.call(
                "Restart",
                ChangingCommand.parameters(names, wait: wait, timeout),
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common, showsTable: client)
        }
    }
}

/// The command `delete APP…`.
struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Stop processes and forget them.",
        aliases: ["del"]
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(
        name: [.customLong("yes"), .customLong("force"), .customShort("y")],
        help: "Do not ask before delete all."
    )
    var isSure = false
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.")
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            if select.contains("all"), !isSure, Terminal.isTerminal(0), Terminal.isTerminal(2) {
                try ask()
            }
            let timeout = try time.duration()
            let names = try Selections.resolve(select, client)
            let reply = try client.call(
                "Delete",
                ChangingCommand.parameters(names, wait: nil, timeout),
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common)
        }
    }

    private func ask() throws(CommandFailure) {
        Output.complain("This stops and forgets every app. Type yes to go on:")
        guard readLine() == "yes" else { throw CommandFailure("nothing was deleted", .failed) }
    }
}

/// The command `reset APP…`.
struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forget restart counters and failures."
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.")
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            let reply = try client.call("Reset", ["select": try Selections.resolve(select, client)])
            try ChangingCommand.report(reply, common)
        }
    }
}

/// The command `signal SIG APP…`.
struct SignalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal",
        abstract: "Send a signal to main processes.",
        aliases: ["sendSignal"]
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "The signal: HUP, SIGUSR2, 15 …")
    var signal: String
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.")
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard let number = UnixSignal(signal) else {
                throw CommandFailure("there is no signal \(signal)", .usage)
            }
            let client = try common.connect()
            let reply = try client.call(
                "Signal",
                ["select": try Selections.resolve(select, client), "signal": .string("\(number)")]
            )
            try ChangingCommand.report(reply, common)
        }
    }
}

/// The command `scale APP N|+N|-N`.
struct ScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Set the number of instances of an app, or change it by +N or -N."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(help: "Wait until new instances are online.")
    var wait = false
    @Argument(help: "The app.")
    var app: String
    @Argument(help: "N, +N or -N.")
    var count: String

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let text = ArgumentRewriting.restored(count)
            guard let number = Int64(text) else {
                throw CommandFailure("\(text) is no number of instances", .usage, hint: "write 3, +1 or -1")
            }
            let key = text.hasPrefix("+") || text.hasPrefix("-") ? "change" : "instances"
            let client = try common.connect()
            let reply = try client.call(
                "Scale",
                [
                    "app": .string(app), key: .integer(number), "wait": .bool(wait),
                    "timeout_ms": .integer(timeout.wholeMilliseconds),
                ],
                deadline: TimeoutOption.deadline(for: timeout)
            )
            try ChangingCommand.report(reply, common)
        }
    }
}
