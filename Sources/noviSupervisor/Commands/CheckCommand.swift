import ArgumentParser
import EcosystemHost
import LinuxSystem
import Shared
import SupervisorClient
import SupervisorCore

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
    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String = "ecosystem.json"

    func run() throws {
        try perform { () throws(CommandFailure) in
            var loader = EcosystemLoader(inheritingEnvironment: EcosystemLoader.processEnvironment())
            loader.environmentName = environmentName
            loader.stateDirectory = try common.layout().stateDirectory
            let result = loader.load(file)
            if json {
                Output.json(["issues": .array(result.issues.map(Self.json))])
            } else {
                for issue in result.issues {
                    Output.line(common.style.shown("\(issue)"))
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
