import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient
import SupervisorCore

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
    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String = "ecosystem.json"

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            let apps = try EcosystemInput.load(
                file,
                environmentName: environmentName,
                only: try OnlyOption.names(only),
                layout: layout
            )
            let text = JSONValue.array(apps.map(\.json)).serialized()
            let descriptor = try hold(text)
            try Keeper.becomeOne(
                layout,
                ["--keep-fd", "\(descriptor)"],
                daemonOptions: ["--run", "--apps-fd", "\(descriptor)"]
            )
        }
    }

    /// Puts the definitions where the daemon reads them, and a later one reads them again.
    private func hold(_ bytes: [UInt8]) throws(CommandFailure) -> Int32 {
        do throws(SystemError) {
            let file = try MemoryFile.sealed("novi-apps", bytes)
            try file.setCloseOnExec(false)
            return file.take()
        } catch {
            throw CommandFailure("cannot hand the apps over: \(error)")
        }
    }
}
