import ArgumentParser
import LogFiles
import Shared
import SupervisorClient

/// The command `logs usage [APP…]`.
struct LogUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "How much room logs take, how old they are, and how far from their limits."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON document.")
    var json = false
    @Argument(help: "Which apps; nothing for all.", completion: AppNameCompletion.kind)
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            // Logs are files, and which ones there are is written down at every command: no daemon is needed.
            let apps = try KnownApps.matching(select, layout, try? common.connect())
            let page = LogUsagePage(apps, directory: layout.logDirectory)
            if json { Output.json(page.json) } else { Output.write(page.text(common.style)) }
        }
    }
}
