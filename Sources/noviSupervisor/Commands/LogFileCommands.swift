import ArgumentParser
import Shared
import SupervisorClient

/// The command `logs rotate [APP…]`.
struct RotateLogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Put the present log files of apps aside now."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON document.")
    var json = false
    @Argument(help: "Which apps; nothing for all.", completion: AppNameCompletion.kind)
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            try LogFileChange.run("RotateLogs", "rotated", select, common, json: json)
        }
    }
}

/// The command `flush [APP…]`, as PM2's.
struct FlushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Throw away what the present log files of apps hold; rotated files stay."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON document.")
    var json = false
    @Argument(help: "Which apps; nothing for all.", completion: AppNameCompletion.kind)
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            try LogFileChange.run("FlushLogs", "flushed", select, common, json: json)
        }
    }
}

/// The command `reloadLogs`, as PM2's.
struct ReloadLogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reloadLogs",
        abstract: "Open all log files anew, for those who rename them with logrotate (like SIGUSR2).",
        aliases: ["reload-logs"]
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON document.")
    var json = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            _ = try common.connect().call("ReopenLogs")
            if json { Output.json(["reopened": true]) } else { Output.line("all log files are opened anew") }
        }
    }
}

/// Asks for a change of log files and shows which it was.
private enum LogFileChange {
    static func run(
        _ method: String,
        _ word: String,
        _ select: [String],
        _ common: CommonOptions,
        json: Bool
    ) throws(CommandFailure) {
        let client = try common.connect()
        let names = try Selections.resolve(select.isEmpty ? ["all"] : select, client)
        let reply = try client.call(method, ["select": names])
        let paths = (reply[word]?.arrayValue ?? []).compactMap(\.stringValue)
        let failures = (reply["failures"]?.arrayValue ?? []).compactMap(\.stringValue)
        if json {
            Output.json([
                word: .array(paths.map { .string($0) }), "failures": .array(failures.map { .string($0) }),
            ])
        } else {
            for path in paths { Output.write("\(path)\n") }
        }
        if paths.isEmpty, failures.isEmpty, !json {
            Output.write("nothing to be \(word): the logs are empty\n")
        }
        guard failures.isEmpty else {
            throw CommandFailure("not all logs could be \(word): " + failures.joined(separator: "; "))
        }
    }
}
