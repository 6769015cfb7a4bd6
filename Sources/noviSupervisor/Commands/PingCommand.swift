import ArgumentParser
import Shared
import SupervisorClient

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
                Output.json(reply)
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
