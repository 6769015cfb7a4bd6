import ArgumentParser
import EcosystemHost
import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// The command `ping`.
struct PingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Ask whether the daemon lives."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts.")
    var json = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let reply = try common.connect().call("Ping")
            if json {
                var document: JSONObject = ["schema": 1]
                for (key, value) in reply { document[key] = value }
                Output.line(String(decoding: JSONValue.object(document).serialized(), as: UTF8.self))
                return
            }
            let daemon = reply["daemon"] ?? .null
            let uptime = daemon["uptime_ms"]?.integerValue.map { Duration.milliseconds($0).shortText } ?? "?"
            let version = daemon["version"]?.stringValue ?? "?"
            let pid = daemon["pid"]?.integerValue ?? 0
            Output.line(
                "noviSupervisord \(version) lives: pid \(pid), up \(uptime), home \(reply["home"]?.stringValue ?? "?")"
            )
        }
    }
}

/// The command `check FILE`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Name every mistake in a file, with its place; change nothing."
    )

    @OptionGroup var common: CommonOptions
    @Option(name: .customLong("env"), help: "Take env_NAME as well.")
    var environmentName: String?
    @Flag(help: "JSON for scripts.")
    var json = false
    @Argument(help: "The file.")
    var file: String = "ecosystem.json"

    func run() throws {
        try perform { () throws(CommandFailure) in
            var loader = EcosystemLoader(inheritingEnvironment: EcosystemLoader.processEnvironment())
            loader.environmentName = environmentName
            loader.stateDirectory = try common.layout().stateDirectory
            let result = loader.load(file)
            if json {
                let document: JSONValue = ["schema": 1, "issues": .array(result.issues.map(Self.json))]
                Output.line(String(decoding: document.serialized(), as: UTF8.self))
            } else {
                for issue in result.issues {
                    Output.line("\(issue)")
                }
            }
            let mistakes = result.issues.count { $0.severity == .error }
            guard mistakes == 0 else {
                let count = mistakes == 1 ? "1 mistake" : "\(mistakes) mistakes"
                throw CommandFailure(json ? "" : "\(file) has \(count)", .configuration)
            }
            let apps = result.apps.count
            if !json { Output.line("\(file) is fine: \(apps) \(apps == 1 ? "app" : "apps")") }
        }
    }

    private static func json(_ issue: ConfigurationIssue) -> JSONValue {
        [
            "file": .string(issue.file), "line": issue.line.map { .integer(Int64($0)) } ?? .null,
            "column": issue.column.map { .integer(Int64($0)) } ?? .null, "path": .string(issue.path),
            "message": .string(issue.message), "hint": issue.hint.map { .string($0) } ?? .null,
            "severity": .string(issue.severity.rawValue),
        ]
    }
}

/// The command `kill`.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Stop everything in order, then the daemon; what ran comes back with the next daemon."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            let client: ControlClient
            do throws(CommandFailure) {
                client = try DaemonConnection.connect(layout)
            } catch {
                // What is wanted is the case already.
                guard error.status == .noDaemon else { throw error }
                Output.line("no daemon runs in \(layout.home)")
                return
            }
            let timeout = try time.duration()
            let pid = try client.call("Ping")["daemon"]?["pid"]?.integerValue
            let running = try Listing.processes(client, nil).filter { $0["pid"]?.integerValue != nil }
            let parameters: JSONObject = ["timeout_ms": .integer(timeout.wholeMilliseconds)]
            _ = try client.call("Shutdown", parameters, deadline: TimeoutOption.deadline(for: timeout))
            awaitEnd(of: pid)
            let count = running.count
            Output.line("stopped \(count) \(count == 1 ? "process" : "processes") and the daemon")
        }
    }

    /// The answer comes just before the daemon's end; who starts another one wants the lock to be free.
    private func awaitEnd(of pid: Int64?) {
        guard let pid = pid.flatMap({ Int32(exactly: $0) }), let handle = try? ProcessHandle.pidfdOpen(pid)
        else { return }
        var wait = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&wait, 1, 5000)
    }
}

/// The command `paths`.
struct PathsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paths",
        abstract: "Tell where everything lives; works without a daemon."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts.")
    var json = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let paths = try common.layout().json
            if json {
                var document: JSONObject = ["schema": 1]
                for (key, value) in paths { document[key] = value }
                Output.line(String(decoding: JSONValue.object(document).serialized(), as: UTF8.self))
                return
            }
            for (key, value) in paths {
                Output.line(
                    "\(key)\(String(repeating: " ", count: max(1, 18 - key.count)))\(value.stringValue ?? "")"
                )
            }
        }
    }
}

/// The command `notify`.
struct NotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "Report from a supervised program: readiness, status, signs of life (sd_notify).",
        discussion: """
            For shells and languages without Unix datagrams. Needs NOTIFY_SOCKET, which every supervised program gets.
            Example:  noviSupervisor notify --ready --status "serving on port 8080"
            """
    )

    @Flag(help: "The program is ready.")
    var ready = false
    @Flag(help: "The program is stopping.")
    var stopping = false
    @Flag(help: "A sign of life for the watchdog.")
    var watchdog = false
    @Option(help: "One line about what it is doing.")
    var status: String?
    @Argument(help: "Further assignments, NAME=VALUE.")
    var assignments: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            var lines: [String] = []
            if ready { lines.append("READY=1") }
            if stopping { lines.append("STOPPING=1") }
            if watchdog { lines.append("WATCHDOG=1") }
            if let status {
                lines.append("STATUS=" + String(status.map { $0.isNewline ? " " : $0 }))
            }
            for assignment in assignments {
                guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                    throw CommandFailure("\(assignment) is no assignment", .usage, hint: "write NAME=VALUE")
                }
                lines.append(assignment)
            }
            guard !lines.isEmpty else { throw CommandFailure("there is nothing to report", .usage) }
            do throws(SystemError) {
                guard try ServiceNotifier.sendNotify(state: lines.joined(separator: "\n")) else {
                    throw SystemError(
                        "report",
                        ENOENT,
                        "NOTIFY_SOCKET",
                        explanation: "it is not set; not supervised"
                    )
                }
            } catch {
                throw CommandFailure("\(error)", .failed)
            }
        }
    }
}

/// The command `daemon`.
struct DaemonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Run the daemon in the foreground."
    )

    @OptionGroup var common: CommonOptions

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            let home = layout == .system ? ["--system"] : ["--home", layout.home]
            try Execution.replace(with: DaemonLauncher.program, home)
        }
    }
}

/// The command `run FILE`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract:
            "Run the apps of a file in the foreground, for containers: output to this terminal, ends with the apps."
    )

    @OptionGroup var common: CommonOptions
    @Option(name: .customLong("env"), help: "Take env_NAME as well.")
    var environmentName: String?
    @Option(help: "These apps and what they depend on, separated by commas.")
    var only: String?
    @Argument(help: "The file.")
    var file: String = "ecosystem.json"

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            let chosen = only.map { $0.split(separator: ",").map(String.init) } ?? []
            let apps = try EcosystemInput.load(
                file,
                environmentName: environmentName,
                only: chosen,
                layout: layout
            )
            let text = JSONValue.array(apps.map(\.json)).serialized()
            let descriptor = try hold(text)
            let home = layout == .system ? ["--system"] : ["--home", layout.home]
            try Execution.replace(
                with: DaemonLauncher.program,
                home + ["--run", "--apps-fd", "\(descriptor)"]
            )
        }
    }

    /// Puts the definitions where the daemon reads them: a file without a name.
    private func hold(_ bytes: [UInt8]) throws(CommandFailure) -> Int32 {
        var name = Array("/tmp/novi-apps-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw CommandFailure("cannot hand the apps over: \(SystemError.text(of: errno))")
        }
        unlink(name)
        let file = Descriptor(descriptor)
        do throws(SystemError) {
            try file.writeAll(bytes)
        } catch {
            throw CommandFailure("cannot hand the apps over: \(error)")
        }
        lseek(descriptor, 0, SEEK_SET)
        return file.take()
    }
}

/// Becoming another program.
enum Execution {
    /// Replaces this process; returns only by throwing.
    static func replace(with program: String, _ arguments: [String]) throws(CommandFailure) -> Never {
        var pointers = ([program] + arguments).map { strdup($0) }
        pointers.append(nil)
        execv(program, pointers)
        throw CommandFailure("cannot execute \(program): \(SystemError.text(of: errno))", .failed)
    }
}

/// The command `completion SHELL`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script for bash, zsh or fish."
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: String

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard let known = CompletionShell(rawValue: shell) else {
                throw CommandFailure(
                    "there is no completion for \(shell)",
                    .usage,
                    hint: "choose bash, zsh or fish"
                )
            }
            Output.line(NoviSupervisor.completionScript(for: known))
        }
    }
}
