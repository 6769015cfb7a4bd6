import ArgumentParser
import Shared
import SupervisorClient

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
                Output.json(paths)
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
