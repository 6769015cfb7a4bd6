import LinuxSystem
import Shared
import SupervisorCore

/// The few options of the daemon; people use `noviSupervisor`, which passes them.
struct DaemonOptions {
    /// Why the arguments make no sense.
    struct UsageError: Error {
        let message: String
    }

    /// Where everything lives.
    var layout: HomeLayout
    /// A descriptor that is told once whether the start succeeded; `nil` for none.
    var readyDescriptor: Int32?
    /// A descriptor with app definitions to start with, as a JSON array; `nil` for none.
    var appsDescriptor: Int32?
    /// Container mode: output to the own standard output and error, end with the apps (M32).
    var isContainer = false
    /// The parent that starts the daemon again; `nil` without one.
    var keeper: Keeper?
    /// Whether an earlier daemon of the same keeper died, so that what it had is continued in container mode as well.
    var isAgain = false
    /// Whether a stop of the service leaves the apps to the next daemon.
    var isLive = false
    /// The most bytes of all rotated logs together; `nil` for any.
    var maximumLogBytes: Int64?
    /// A limit of all logs that is none, to be told: not worth the life of the apps.
    var logLimitMistake: String?
    /// What the image before this one hands over (``Handover``); `nil` when there was none.
    var handoverDescriptor: Int32?
    /// Whether only a rehearsal of an upgrade is wanted.
    var rehearses = false
    /// Whether only the version is wanted.
    var showsVersion = false

    /// What the keeper says of itself.
    struct Keeper {
        /// The reading end of its pipe (``KeeperReports``).
        var descriptor: Int32
        /// Its program.
        var program: String
        /// The daemon's program as it is installed; the one that runs may be a copy of an earlier one.
        var installedProgram: String
    }

    /// Where it is written down what should run.
    var stateFile: String { isContainer ? layout.containerStateFile : layout.stateFile }

    /// The arguments that every daemon of this home gets, whoever starts it.
    var lastingArguments: [String] {
        (layout == .system ? ["--system"] : ["--home", layout.home]) + (isContainer ? ["--run"] : [])
    }

    /// The variable that limits all rotated logs together.
    static let logLimitVariable = "NOVI_LOGS_MAX_TOTAL"

    /// Reads the arguments, `NOVI_HOME` and the other variables.
    init(arguments: [String]) throws(UsageError) {
        var home: String?
        var keeperDescriptor: Int32?
        var keeperProgram: String?
        var installedProgram: String?
        var isSystem = false
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--system": isSystem = true
            case "--home": home = try Self.value(of: argument, &rest)
            case "--ready-fd": readyDescriptor = try Self.descriptor(argument, &rest)
            case "--apps-fd": appsDescriptor = try Self.descriptor(argument, &rest)
            case "--run": isContainer = true
            case "--keeper-fd": keeperDescriptor = try Self.descriptor(argument, &rest)
            case "--keeper-program": keeperProgram = try Self.value(of: argument, &rest)
            case "--installed-program": installedProgram = try Self.value(of: argument, &rest)
            case "--again": isAgain = true
            case "--handover-fd": handoverDescriptor = try Self.descriptor(argument, &rest)
            case "--rehearse": rehearses = true
            case "--upgrade-failed": _ = try Self.value(of: argument, &rest)
            case "--version": showsVersion = true
            default:
                let text =
                    "unknown option \(argument) (options: --home, --system, --ready-fd, --apps-fd, --run, --version)"
                throw UsageError(message: text)
            }
        }
        if let keeperDescriptor, let keeperProgram, let installedProgram {
            keeper = Keeper(
                descriptor: keeperDescriptor,
                program: keeperProgram,
                installedProgram: installedProgram
            )
        }
        if let text = Self.environment(Self.logLimitVariable) {
            maximumLogBytes = (try? HumanUnits.bytes(text))?.bytes
            if maximumLogBytes == nil { logLimitMistake = "\(Self.logLimitVariable)=\(text) is no size" }
        }
        isLive = Self.isTrue(Self.environment(Daemon.liveRestartVariable))
        if isSystem {
            layout = .system
        } else if let chosen = home ?? Self.environment("NOVI_HOME") {
            guard chosen.hasPrefix("/") else {
                throw UsageError(message: "home folder \(chosen) is no absolute path")
            }
            layout = HomeLayout(home: chosen)
        } else if CurrentProcess.userID == 0 {
            layout = .system
        } else if let user = Self.environment("HOME") {
            layout = HomeLayout(home: user + "/.novi")
        } else {
            throw UsageError(
                message: "neither --home nor NOVI_HOME nor HOME says where to live; give --home FOLDER"
            )
        }
    }

    /// Tells whoever started the daemon how it went, once.
    func reportReadiness(_ line: String) {
        guard let readyDescriptor else { return }
        try? Descriptor(readyDescriptor).writeAll(Array(line.utf8))
    }

    private static func environment(_ name: String) -> String? {
        guard let value = CurrentProcess.environmentValue(name), !value.isEmpty else { return nil }
        return value
    }

    /// Whether a variable says yes, in any of the words of systemd.syntax(7).
    private static func isTrue(_ text: String?) -> Bool {
        ["1", "yes", "y", "true", "t", "on"].contains(text?.lowercased())
    }

    private static func value(
        of option: String,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let value = rest.popFirst() else { throw UsageError(message: "\(option) needs a value") }
        return value
    }

    private static func descriptor(
        _ option: String,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> Int32 {
        let text = try value(of: option, &rest)
        guard let number = Int32(text), number >= 3 else {
            throw UsageError(message: "\(option) needs the number of an open descriptor, not \(text)")
        }
        return number
    }
}
