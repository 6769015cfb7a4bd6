import Foundation
import LinuxSystem
import Testing

/// The service in a systemd of its own.
extension SystemdHost {
    /// Installs and starts the service as `startup` does, with lines of a drop-in.
    func startService(_ lines: String = "", unit: String = "") throws {
        if !lines.isEmpty || !unit.isEmpty {
            try shell(
                """
                mkdir -p /etc/systemd/system/novi.service.d
                printf '%s\\n' '[Unit]' '\(unit)' '[Service]' '\(lines)' > /etc/systemd/system/novi.service.d/test.conf
                """
            )
        }
        try novi("startup")
    }

    /// A unit for the daemon of the system, as plain as it works.
    static let systemUnit = """
        [Unit]
        StartLimitIntervalSec=0
        [Service]
        Type=notify
        ExecStart=\(SupervisorFixture.binary("noviSupervisord")) --system
        Restart=always
        RestartSec=100ms
        KillMode=process

        """

    /// Starts apps by a configuration file.
    func startApps(_ apps: String...) throws {
        let path = "\(folder)/ecosystem.json"
        try AtomicFile.replace(
            path,
            Array("{\"apps\": [\(apps.joined(separator: ","))]}".utf8),
            mode: 0o644
        )
        try novi("start \(path) --wait")
    }

    /// An app that runs a line of shell.
    static func app(_ name: String, _ script: String, _ settings: String = "") -> String {
        """
        {"name": "\(name)", "script": "/bin/sh", "args": ["-c", "\(script)"], "interpreter": "none"\(settings)}
        """
    }

    /// An app that does nothing.
    static func sleeper(_ name: String, _ settings: String = "") -> String {
        app(name, "exec sleep 1000", settings)
    }

    /// The daemon.
    func mainPID() throws -> String { try property("MainPID", of: "novi") }

    /// Waits for another daemon than one.
    func awaitDaemon(after former: String) throws {
        try self.await(
            "the next daemon",
            "p=$(systemctl show -P MainPID novi); [ $p != 0 ] && [ $p != \(former) ] && systemctl -q is-active novi"
        )
    }

    /// The table of `status`.
    func status() throws -> String { try novi("status --no-color") }
}
