import ArgumentParser
import Glibc
import LinuxSystem
import Shared
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

    /// Puts the definitions where the daemon reads them: into a pipe, as a container may have no folder to write
    /// to; into a file without a name when there is more than a pipe holds.
    private func hold(_ bytes: [UInt8]) throws(CommandFailure) -> Int32 {
        do throws(SystemError) {
            if let reader = try filledPipe(bytes) { return reader.take() }
            let file = try Self.unnamedFile()
            try file.writeAll(bytes)
            lseek(file.rawValue, 0, SEEK_SET)
            return file.take()
        } catch {
            throw CommandFailure("cannot hand the apps over: \(error)")
        }
    }

    private func filledPipe(_ bytes: [UInt8]) throws(SystemError) -> Descriptor? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("make a pipe", errno) }
        let reader = Descriptor(ends[0])
        let writer = Descriptor(ends[1])
        // fcntl(2), F_SETPIPE_SZ: up to a mebibyte without privilege. If it stays small, the write tells.
        _ = fcntl(writer.rawValue, 1031, Int32(clamping: bytes.count))
        try writer.setNonBlocking(true)
        return try writer.write(bytes[...]) == bytes.count ? reader : nil
    }

    private static func unnamedFile() throws(SystemError) -> Descriptor {
        var name = Array("/tmp/novi-apps-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw SystemError("make a file in", errno, "/tmp") }
        unlink(name)
        return Descriptor(descriptor)
    }
}
