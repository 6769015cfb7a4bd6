import ArgumentParser
import Shared
import SupervisorClient

/// The command `describe APP…`.
struct DescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show everything of an app on a page.",
        aliases: ["show", "info", "desc"]
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts.")
    var json = false
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon, or all.",
        completion: AppNameCompletion.kind
    )
    var select: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let client = try common.connect()
            var descriptions: [JSONValue] = []
            try client.callForMany("Describe", ["select": try Selections.resolve(select, client)]) { reply in
                descriptions += reply["descriptions"]?.arrayValue ?? []
            }
            if json {
                Output.json(["descriptions": .array(descriptions)])
                return
            }
            let pages = descriptions.map {
                DescriptionPage($0, common.style, lastLines: Self.lastLines(of: $0)).text()
            }
            Output.write(pages.joined(separator: "\n"))
        }
    }

    /// The end of the process's output, for the page.
    private static func lastLines(of description: JSONValue) -> [String] {
        let files = LogFile.told(by: ["files": .array([description["log"] ?? .null])])
        return LogTail.lastLines(10, of: files).map { TerminalText.sanitized($0) }
    }
}
