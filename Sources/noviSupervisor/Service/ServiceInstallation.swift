import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// Installs and removes the unit of this machine or of this user.
struct ServiceInstallation {
    let unit: ServiceUnit
    /// Where units of this manager's administrator live.
    let folder: String

    /// The first line of a unit that we wrote, so that nobody else's is ever replaced or removed.
    static let marker = "# Written by `noviSupervisor startup`; `noviSupervisor unstartup` removes it.\n"
    /// Where packages put units.
    private static let packageFolders = [
        "/usr/lib/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/user",
    ]

    private var path: String { "\(folder)/\(ServiceUnit.name)" }

    /// Whether this machine was booted with systemd (sd_booted(3)).
    static var isBooted: Bool { FileStatus.exists("/run/systemd/system") }

    /// The installation for a manager.
    ///
    /// - Throws: ``CommandFailure`` where a user has no folder for configuration.
    init(_ unit: ServiceUnit) throws(CommandFailure) {
        self.unit = unit
        switch unit.scope {
        case .system: folder = "/etc/systemd/system"
        case .user:
            let variable = { (name: String) in
                CurrentProcess.environmentValue(name).flatMap { $0.isEmpty ? nil : $0 }
            }
            guard let base = variable("XDG_CONFIG_HOME") ?? variable("HOME").map({ "\($0)/.config" }) else {
                throw CommandFailure("HOME is not set, so there is no place for a unit of this user", .usage)
            }
            folder = "\(base)/systemd/user"
        }
    }

    // MARK: - Startup

    /// Checks the unit, writes it, has it started at boot and starts it.
    ///
    /// - Parameter replaces: Whether a unit that we did not write is replaced.
    /// - Returns: What was done, a line each.
    /// - Throws: ``CommandFailure``.
    func install(replaces: Bool) throws(CommandFailure) -> [String] {
        var done: [String] = []
        if let packaged = packagedUnit, unit.home == nil {
            done.append("the package's unit \(packaged) is used")
        } else {
            try write(replaces: replaces)
            done.append("wrote \(path)")
            try systemctl("daemon-reload")
        }
        try systemctl("enable", ServiceUnit.name)
        done.append(
            "enabled: starts \(unit.scope == .system ? "at boot" : "with the first session of this user")"
        )
        if let holder = strayDaemon {
            done.append(
                "not started: a daemon runs already (pid \(holder)) that is not the service; "
                    + "`noviSupervisor kill`, then `\(systemctlName) start novi`"
            )
        } else {
            try systemctl("start", ServiceUnit.name)
            done.append("started: `\(systemctlName) status novi`")
        }
        if unit.scope == .user, !isLingering {
            done.append(
                "apps end with the last session of this user; `loginctl enable-linger` lets them live on and start at boot"
            )
        }
        return done
    }

    /// Checks the unit as the manager will read it (systemd-analyze(1)).
    func verify() throws(CommandFailure) {
        var template = Array("/tmp/novi-unit-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure("cannot make a folder in /tmp to check the unit")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let file = "\(folder)/\(ServiceUnit.name)"
        defer {
            unlink(file)
            rmdir(folder)
        }
        do throws(SystemError) {
            try AtomicFile.replace(file, Array(unit.text.utf8), mode: 0o644, durable: false)
        } catch {
            throw CommandFailure("cannot check the unit: \(error)")
        }
        let arguments = (unit.scope == .user ? ["--user"] : []) + ["verify", file]
        guard let result = try SystemTool.run("systemd-analyze", arguments) else { return }
        guard result.isSuccess else {
            throw CommandFailure("systemd-analyze does not accept the unit:\n\(result.text)", .configuration)
        }
    }

    private func write(replaces: Bool) throws(CommandFailure) {
        try verify()
        if let present = try? FileContents.read(path, limit: 1 << 20),
            !present.starts(with: Array(Self.marker.utf8)),
            !replaces
        {
            throw CommandFailure(
                "\(path) is there and was not written by `startup`",
                hint:
                    "look at it, then `--force` replaces it; changes of your own belong in a drop-in (`\(systemctlName) edit novi`)"
            )
        }
        do throws(SystemError) {
            try Directory.create(folder, mode: 0o755, withParents: true)
            try AtomicFile.replace(path, Array((Self.marker + unit.text).utf8), mode: 0o644)
        } catch {
            throw CommandFailure(
                "cannot install the unit: \(error)",
                error.errorNumber == EACCES ? .notPermitted : .failed
            )
        }
    }

    /// The unit that a package brought, if there is one.
    private var packagedUnit: String? {
        Self.packageFolders.filter { $0.hasSuffix("/user") == (unit.scope == .user) }
            .map { "\($0)/\(ServiceUnit.name)" }.first { FileStatus.exists($0) }
    }

    /// The pid of a daemon of our home that the service manager does not know.
    private var strayDaemon: Int64? {
        let user = CurrentProcess.environmentValue("HOME").map { HomeLayout(home: "\($0)/.novi") }
        let usual: HomeLayout? = unit.scope == .system ? .system : user
        guard let layout = unit.home.map({ HomeLayout(home: $0) }) ?? usual,
            let pid = (try? ControlClient(layout).call("Ping"))?["daemon"]?["pid"]?.integerValue
        else { return nil }
        let main = try? SystemTool.run(
            "systemctl",
            scopeOption + ["show", "-P", "MainPID", ServiceUnit.name]
        )
        return main?.text.split(separator: "\n").first == "\(pid)" ? nil : pid
    }

    private var isLingering: Bool {
        guard let name = (try? UserDatabase.user(CurrentProcess.userID))?.name else { return false }
        return FileStatus.exists("/var/lib/systemd/linger/\(name)")
    }

    // MARK: - The installed service

    /// The service of a home, where one is installed that this user may start; `nil` otherwise.
    static func present(for layout: HomeLayout) -> ServiceInstallation? {
        guard isBooted else { return nil }
        let user = CurrentProcess.environmentValue("HOME").map { HomeLayout(home: "\($0)/.novi") }
        let scope: ServiceUnit.Scope
        if layout == .system, CurrentProcess.userID == 0 {
            scope = .system
        } else if layout == user, FileStatus.exists("/run/user/\(CurrentProcess.userID)/systemd/private") {
            scope = .user
        } else {
            return nil
        }
        guard
            let found = try? ServiceInstallation(ServiceUnit(scope: scope, program: DaemonLauncher.program)),
            FileStatus.exists(found.path) || found.packagedUnit != nil
        else { return nil }
        return found
    }

    /// Starts the service; returns why it is not ready, or `nil` when it is.
    func start() throws(CommandFailure) -> String? {
        guard let result = try SystemTool.run("systemctl", scopeOption + ["start", ServiceUnit.name]) else {
            return "there is no systemctl"
        }
        return result.isSuccess ? nil : result.text.split(separator: "\n").joined(separator: "\n  ")
    }

    // MARK: - Unstartup

    /// Takes the unit back; what runs goes on.
    ///
    /// - Returns: What was done, a line each.
    /// - Throws: ``CommandFailure``.
    func remove() throws(CommandFailure) -> [String] {
        let present = try? FileContents.read(path, limit: 1 << 20)
        guard present != nil || packagedUnit != nil else { return ["\(path) is not there; nothing to do"] }
        var done: [String] = []
        try systemctl("disable", ServiceUnit.name)
        done.append("disabled: does not start at boot any more")
        if let present {
            guard present.starts(with: Array(Self.marker.utf8)) else {
                return done + ["left \(path) alone: it was not written by `startup`"]
            }
            do throws(SystemError) {
                try FileContents.remove(path)
            } catch {
                throw CommandFailure("cannot remove the unit: \(error)")
            }
            done.append("removed \(path)")
            try systemctl("daemon-reload")
        }
        return done + ["what runs goes on; `noviSupervisor kill` stops it"]
    }

    // MARK: - systemctl

    private var scopeOption: [String] { unit.scope == .user ? ["--user"] : [] }
    private var systemctlName: String { (["systemctl"] + scopeOption).joined(separator: " ") }

    private func systemctl(_ arguments: String...) throws(CommandFailure) {
        guard let result = try SystemTool.run("systemctl", scopeOption + arguments) else {
            throw CommandFailure("there is no systemctl")
        }
        guard result.isSuccess else {
            let text = result.text.split(separator: "\n").joined(separator: "\n  ")
            throw CommandFailure("\(systemctlName) \(arguments.joined(separator: " ")) failed:\n  \(text)")
        }
    }
}
