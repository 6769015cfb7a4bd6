import LinuxSystem
import Shared

/// The unit file of the service (systemd.service(5)); what each line costs is in docs/OPERATIONS.md.
///
/// `packaging/systemd` holds the same texts for packages; a test compares them.
struct ServiceUnit: Equatable {
    /// Whose service manager runs it.
    enum Scope {
        /// That of the machine: apps start at boot and may be other users'.
        case system
        /// That of a user: apps live as long as the user's session, or for ever with lingering.
        case user
    }

    /// The name of the unit, everywhere.
    static let name = "novi.service"

    /// Whose service manager runs it.
    var scope: Scope
    /// The daemon's program, absolute.
    var program: String
    /// Where it lives; `nil` for the manager's usual place.
    var home: String?

    /// The text of the unit file.
    var text: String {
        let sections = [unit, service + (scope == .system ? folders + sandbox : ""), install]
        return sections.joined(separator: "\n")
    }

    private var unit: String {
        switch scope {
        case .system:
            """
            [Unit]
            Description=Novi process supervisor
            Wants=network-online.target
            After=network-online.target
            StartLimitIntervalSec=0

            """
        case .user:
            """
            [Unit]
            Description=Novi process supervisor of %u
            StartLimitIntervalSec=0

            """
        }
    }

    private var service: String {
        """
        [Service]
        Type=notify
        NotifyAccess=main
        ExecStart=\(command)
        ExecReload=/bin/kill -HUP $MAINPID
        Restart=always
        RestartSec=100ms
        RestartPreventExitStatus=0 64 75 77 78
        KillMode=process
        TimeoutStopSec=90s
        WatchdogSec=30s
        WatchdogSignal=SIGKILL
        OOMPolicy=continue
        FileDescriptorStoreMax=4096
        LimitNOFILE=1024:524288
        TasksMax=infinity

        """
    }

    private var folders: String {
        guard home == nil else { return "" }
        return """
            RuntimeDirectory=novi
            RuntimeDirectoryMode=0711
            RuntimeDirectoryPreserve=yes
            StateDirectory=novi
            StateDirectoryMode=0711
            LogsDirectory=novi
            LogsDirectoryMode=0750

            """
    }

    private var sandbox: String {
        """
        CapabilityBoundingSet=\(Self.capabilities.joined(separator: " "))
        NoNewPrivileges=yes
        LockPersonality=yes
        ProtectClock=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        ProtectSystem=full
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native
        SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap
        SystemCallErrorNumber=EPERM

        """
    }

    private var install: String {
        """
        [Install]
        WantedBy=\(scope == .system ? "multi-user.target" : "default.target")

        """
    }

    /// What the daemon, and with it any app, may be allowed at most: its own needs and ports below 1024.
    private static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
        "CAP_SETGID", "CAP_SETUID", "CAP_SYS_NICE", "CAP_SYS_PTRACE", "CAP_SYS_RESOURCE",
    ]

    /// The launcher chooses between what is installed and what got ready last, and becomes it.
    private var command: String {
        let launcher = Self.quoted(Directory.parent(of: program) + "/noviKeeper")
        return "\(launcher) --launch \(folders(then: Self.quoted(program)))"
    }

    private func folders(then program: String) -> String {
        if let home {
            let layout = HomeLayout(home: home)
            let words = [layout.runDirectory, layout.committedProgram].map(Self.quoted)
            return "\(words.joined(separator: " ")) \(program) --home \(Self.quoted(home))"
        }
        // %h is the user's home folder.
        let layout = scope == .system ? HomeLayout.system : HomeLayout(home: "%h/.novi")
        let option = scope == .system ? "--system" : "--home \(layout.home)"
        return "\(layout.runDirectory) \(layout.committedProgram) \(program) \(option)"
    }

    /// A word of a command line: systemd.service(5), "Command lines".
    static func quoted(_ word: String) -> String {
        var text = ""
        for character in word {
            switch character {
            case "%": text += "%%"
            case "$": text += "$$"
            case "\"", "\\": text += "\\\(character)"
            default: text.append(character)
            }
        }
        let isPlain = word.allSatisfy {
            !$0.isWhitespace && $0 != "\"" && $0 != "'" && $0 != "\\" && $0 != ";"
        }
        return isPlain && !word.isEmpty ? text : "\"\(text)\""
    }
}
