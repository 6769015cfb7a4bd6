import Foundation
import LinuxSystem
import Testing

/// A real systemd with its journal, in namespaces of its own: `Tests/Support/systemd-host`, one for each value.
///
/// Calls may come from several threads; each is a process of its own.
final class SystemdHost: @unchecked Sendable {
    /// What a command inside printed and how it ended.
    struct Output {
        var status: Int32
        var text: String
        var complaint: String
        var lines: [String] { text.split(separator: "\n").map(String.init) }
    }

    /// Why there can be none here; `nil` when there can.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "a systemd of its own needs root" }
        guard FileStatus.exists("/lib/systemd/systemd") else {
            return "there is no systemd (scripts/setup.sh)"
        }
        let probe = run("/usr/bin/unshare", ["-m", "-p", "-C", "-n", "-u", "-i", "-f", "/bin/true"])
        return probe.status == 0 ? nil : "this sandbox forbids namespaces: \(probe.complaint)"
    }()

    /// Why there can be none with a kernel of its own; `nil` when there can.
    static let kernelObstacle: String? = {
        if let obstacle { return obstacle }
        guard ProcessInfo.processInfo.environment["NOVI_OWN_KERNEL"] == "1" else {
            return "takes minutes; run it with: make cgroups"
        }
        let isThere = FileStatus.exists("/usr/bin/linux.uml")
        return isThere ? nil : "there is no User Mode Linux (package user-mode-linux)"
    }()

    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let script = "\(package)/Tests/Support/systemd-host/systemd-host"

    private let name = "novi-\(UInt32.random(in: 0 ... .max))"
    /// A folder that both sides see at the same path.
    let folder: String

    /// Starts a systemd; the built programs and the package are readable in it.
    ///
    /// - Parameter hasOwnKernel: Whether it runs on a kernel of its own, with controllers for memory and pids; slow.
    /// - Throws: The failed requirement, when it does not start.
    init(hasOwnKernel: Bool = false) throws {
        folder = "/tmp/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o755)
        let binds = ["--bind", folder, "--bind-ro", Self.package, "--bind-ro", SupervisorFixture.binaries]
        let backend = ["--backend", hasOwnKernel ? "uml" : "ns"]
        let arguments = ["-n", name, "up", "--no-default-binds", "--ttl", "900"]
        let up = Self.run(Self.script, arguments + backend + binds)
        try #require(up.status == 0, "no systemd: \(up.complaint)")
    }

    deinit {
        _ = Self.run(Self.script, ["-n", name, "down", "--force"])
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Shuts the machine down in order.
    func powerOff() {
        _ = Self.run(Self.script, ["-n", name, "down"])
    }

    /// Runs a program inside.
    @discardableResult
    func exec(_ command: String..., seconds: Int = 60) -> Output {
        Self.run(Self.script, ["-n", name, "exec", "-t", "\(seconds)", "--"] + command)
    }

    /// Runs a shell command inside, which must succeed; returns what it printed.
    @discardableResult
    func shell(_ command: String, seconds: Int = 60) throws -> String {
        let output = exec("/bin/sh", "-c", command, seconds: seconds)
        try #require(
            output.status == 0,
            "\(command) ended with \(output.status): \(output.text)\(output.complaint)"
        )
        return output.text
    }

    /// Waits inside until a shell command succeeds.
    func await(_ what: String, _ condition: String, seconds: Int = 60) throws {
        let loop = "until \(condition); do sleep 0.05; done"
        let output = exec("/bin/sh", "-c", loop, seconds: seconds)
        try #require(output.status == 0, "waited \(seconds) s in vain: \(what)\(output.complaint)")
    }

    /// Installs a unit file.
    func install(_ unit: String, _ text: String) throws {
        let path = "\(folder)/\(unit)"
        try AtomicFile.replace(path, Array(text.utf8), mode: 0o644)
        let result = Self.run(Self.script, ["-n", name, "install-unit", path])
        try #require(result.status == 0, "\(result.complaint)")
    }

    /// Asks the journal; the lines that it prints.
    func journal(_ arguments: String...) throws -> [String] {
        let command = (["journalctl", "--quiet", "--no-pager"] + arguments).map { "'\($0)'" }
        return try shell("journalctl --sync; " + command.joined(separator: " "))
            .split(separator: "\n").map(String.init)
    }

    /// A property of a unit.
    func property(_ name: String, of unit: String) throws -> String {
        try shell("systemctl show -P \(name) \(unit)").trimmingCharacters(in: .newlines)
    }

    /// Runs the command line inside.
    @discardableResult
    func novi(_ arguments: String) throws -> String {
        try shell("'\(SupervisorFixture.binary("noviSupervisor"))' \(arguments)")
    }

    private static func run(_ executable: String, _ arguments: [String]) -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        // To a file: nobody reads two pipes at once here.
        let path = "/tmp/novi-complaint-\(UInt32.random(in: 0 ... .max))"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: path)
        do { try process.run() } catch { return Output(status: -1, text: "", complaint: "\(error)") }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Output(
            status: process.terminationStatus,
            text: String(decoding: bytes, as: UTF8.self),
            complaint: (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        )
    }
}
