import Glibc
import LinuxSystem

/// Gets the scope of the apps from the service manager, or finds it.
///
/// systemd's own `systemd-run` asks: a client of the bus in the daemon would cost each daemon memory for what happens once.
struct AppScopeRequest {
    /// Why there are no cgroups.
    struct Refusal: Error {
        var reason: String
    }

    /// Whether the manager is that of a user.
    let isUserManager: Bool
    /// The program that stays in the scope.
    let anchor: String
    /// The daemon's own path in the tree.
    private let own: String
    private let root: ControlGroup

    private static let programs = ["/usr/bin/systemd-run", "/bin/systemd-run"]
    private static let timeoutMilliseconds = 5000

    /// Looks where we are.
    ///
    /// - Throws: ``Refusal`` where no service manager runs us in a cgroup of its own.
    init(_ variables: ServiceManagerVariables) throws(Refusal) {
        guard variables.notifySocket != nil else {
            throw Refusal(reason: "the daemon was not started by systemd")
        }
        guard let root = ControlGroup.root(), let own = ControlGroup.path(of: CurrentProcess.processID) else {
            throw Refusal(reason: "there is no cgroup 2 tree here")
        }
        guard own.hasSuffix(".service"), own.split(separator: "/").count > 1 else {
            throw Refusal(reason: "the daemon is in the cgroup \(own), which is not one of a service")
        }
        isUserManager = variables.isUserManager
        let folder = Directory.parent(of: CurrentProcess.executablePath() ?? "/usr/bin/noviSupervisord")
        anchor = variables.keeperProgram ?? "\(folder)/noviKeeper"
        self.own = own
        self.root = root
    }

    private var service: String { String(own.split(separator: "/").last ?? "") }
    private var slice: String { Directory.parent(of: own) }
    /// The name of the scope: `novi-apps.scope` beside `novi.service`.
    var unit: String { service.dropLast(".service".count) + "-apps.scope" }
    private var path: String { (slice == "/" ? "" : slice) + "/" + unit }

    /// The scope that an earlier daemon left; `nil` when there is none.
    func find() -> AppScope? {
        let group = ControlGroup(path: root.path + path)
        guard group.exists else { return nil }
        return AppScope(group, path: path)
    }

    /// Has the scope made.
    ///
    /// - Returns: The scope, with its anchor in it.
    /// - Throws: ``Refusal`` with what the manager said.
    func make() throws(Refusal) -> AppScope {
        guard let program = Self.programs.first(where: { FileStatus.exists($0) }) else {
            throw Refusal(reason: "systemd-run is not installed")
        }
        // Before systemd 253 scopes do not know it, and do not need it.
        var said = run(program, ["--property=OOMPolicy=continue"])
        if said.contains("OOMPolicy") { said = run(program, []) }
        guard let pid = anchored(said) else {
            let text = said.split(separator: "\n").joined(separator: "; ")
            throw Refusal(
                reason: "cannot make \(unit): \(text.isEmpty ? "systemd-run gave no answer" : text)"
            )
        }
        guard let scope = find() else {
            throw Refusal(reason: "\(unit) has no cgroup at \(root.path)\(path)")
        }
        do throws(SystemError) {
            try scope.furnish(anchor: pid)
        } catch {
            throw Refusal(reason: "\(error)")
        }
        return scope
    }

    private func run(_ program: String, _ properties: [String]) -> String {
        var arguments = isUserManager ? ["--user"] : []
        arguments += [
            "--scope", "--quiet", "--collect", "--unit=\(unit)",
            "--slice=\(slice.split(separator: "/").last ?? "system.slice")",
            "--description=Apps of \(service)",
            // Stopped behind the service, which stops the apps in order.
            "--property=Before=\(service)", "--property=Delegate=yes", "--property=TasksMax=infinity",
        ]
        arguments += properties + ["--", anchor, "--anchor"]
        let names = ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]
        let environment = names.compactMap { name in
            CurrentProcess.environmentValue(name).map { "\(name)=\($0)" }
        }
        let output = CommandOutput.of(
            program,
            arguments,
            environment: isUserManager ? environment : [],
            includesErrors: true,
            timeoutMilliseconds: Self.timeoutMilliseconds
        )
        return String(decoding: output ?? [], as: UTF8.self)
    }

    private func anchored(_ text: String) -> Int32? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("anchored ") }
        return line.flatMap { Int32($0.dropFirst(9)) }
    }
}
