public import Shared

/// An app that is given on the command line: `start ./server --name api --max-memory-restart 300M -- --port 1`.
///
/// Options are the settings of the file by their names, so that both have the same meaning, checks and messages.
public struct AppCommandLine: Hashable, Sendable {
    /// The program, file or command line.
    public var script: String
    /// What follows `--`.
    public var arguments: [String]
    /// The options by their names in the file, such as `max_memory_restart`.
    public var settings: JSONObject

    /// Makes a command line of its parts.
    public init(script: String, arguments: [String] = [], settings: JSONObject = JSONObject()) {
        self.script = script
        self.arguments = arguments
        self.settings = settings
    }

    /// Reads the command line as an entry of a file; the issues name options instead of paths.
    public func declaration() -> EcosystemFile.Content {
        var entry = settings
        entry["script"] = .string(script)
        if !arguments.isEmpty { entry["args"] = .array(arguments.map(JSONValue.string)) }
        let collector = IssueCollector(file: Self.place, document: nil)
        let reader = SettingReader(value: .object(entry), path: JSONPath(), issues: collector)
        let app = AppDeclarationReader.read(reader)
        return EcosystemFile.Content(
            apps: app.map { [$0] } ?? [],
            issues: collector.issues.map(Self.namingOptions)
        )
    }

    /// What stands in the place of a file's name.
    public static let place = "command line"

    /// Turns the path `max_memory_restart` of an issue into `--max-memory-restart`.
    public static func namingOptions(_ issue: ConfigurationIssue) -> ConfigurationIssue {
        guard issue.file == place, !issue.path.isEmpty, !issue.path.hasPrefix("--"), issue.path != "script",
            issue.path != "args"
        else {
            return issue
        }
        var renamed = issue
        renamed.path = "--" + String(issue.path.map { $0 == "_" ? "-" : $0 })
        return renamed
    }
}
