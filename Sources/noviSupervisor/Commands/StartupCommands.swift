import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

/// Whose service manager is meant.
struct ScopeOption: ParsableArguments {
    @Flag(help: "The unit of this user, also for root.")
    var user = false

    /// The manager: the machine's for root, otherwise the user's.
    var scope: ServiceUnit.Scope { user || CurrentProcess.userID != 0 ? .user : .system }

    /// The installation; `home` is what `--home` says.
    func installation(home: String?) throws(CommandFailure) -> ServiceInstallation {
        var chosen: String?
        if home != nil { chosen = try HomeResolution.layout(option: home).home }
        return try ServiceInstallation(
            ServiceUnit(scope: scope, program: DaemonLauncher.program, home: chosen)
        )
    }

    /// Fails where no systemd runs, with what does the same there.
    static func requireSystemd() throws(CommandFailure) {
        guard !ServiceInstallation.isBooted else { return }
        throw CommandFailure(
            """
            this machine was not booted with systemd, so there is no unit to install
              hint: have your init run this at boot; it brings back what ran:
                \(DaemonLauncher.beside("noviSupervisor")) daemon
              hint: in a crontab that is `@reboot` and the same line; in a container use `noviSupervisor run`
            """
        )
    }
}

/// The command `startup`.
struct StartupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "startup",
        abstract: "Have the daemon started at boot: check, install, enable and start its systemd unit."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var scope: ScopeOption
    @Flag(name: [.customLong("print")], help: "Only print the unit.")
    var prints = false
    @Flag(help: "Replace a unit that `startup` did not write.")
    var force = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let installation = try scope.installation(home: common.home)
            if prints {
                Output.write(installation.unit.text)
                return
            }
            try ScopeOption.requireSystemd()
            for line in try installation.install(replaces: force) { Output.line(line) }
        }
    }
}

/// The command `unstartup`.
struct UnstartupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unstartup",
        abstract: "Undo `startup`: the daemon does not start at boot any more; what runs goes on."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var scope: ScopeOption

    func run() throws {
        try perform { () throws(CommandFailure) in
            try ScopeOption.requireSystemd()
            for line in try scope.installation(home: common.home).remove() { Output.line(line) }
        }
    }
}
