import ArgumentParser
import Shared

/// The settings of PM2's command line that are used most.
struct AppSettings: ParsableArguments {
    @Option(name: .shortAndLong, help: "The name (default: the program's).")
    var name: String?
    @Option(help: "The namespace.")
    var namespace: String?
    @Option(name: .shortAndLong, help: "How many instances; max for one a processor.")
    var instances: String?
    @Option(help: "The working directory.")
    var cwd: String?
    @Option(help: "The interpreter; none for none.")
    var interpreter: String?
    @Option(name: .shortAndLong, help: "The file for standard output.")
    var output: String?
    @Option(name: .shortAndLong, help: "The file for standard error.")
    var error: String?
    @Option(help: "Restart when the process tree uses more, such as 300M.")
    var maxMemoryRestart: String?
    @Option(help: "Give up after so many short runs; unlimited for never.")
    var maxRestarts: String?
    @Option(help: "A fixed wait before each restart, in milliseconds or such as 2s.")
    var restartDelay: String?
    @Option(help: "The wait between the stop signal and SIGKILL.")
    var killTimeout: String?
    @Option(help: "The stop signal.")
    var stopSignal: String?
    @Option(help: "The user.")
    var uid: String?
    @Option(help: "The group.")
    var gid: String?
    @Flag(help: "Wait for READY=1 before it counts as online.")
    var waitReady = false
    @Flag(help: "Do not restart it.")
    var noAutorestart = false
    @Flag(help: "Signal the main process only.")
    var noTreekill = false

    /// The options that were given.
    var options: [String] {
        json.keys.map { key in
            switch key {
            case "out_file": "--output"
            case "error_file": "--error"
            case "autorestart", "treekill": "--no-\(key)"
            default: "--" + String(key.map { $0 == "_" ? "-" : $0 })
            }
        }
    }

    /// The settings by their names in a file.
    var json: JSONObject {
        var object: JSONObject = [:]
        let texts: [(String, String?)] = [
            ("name", name), ("namespace", namespace), ("cwd", cwd), ("interpreter", interpreter),
            ("out_file", output), ("error_file", error), ("max_memory_restart", maxMemoryRestart),
            ("restart_delay", restartDelay), ("kill_timeout", killTimeout), ("stop_signal", stopSignal),
            ("uid", uid), ("gid", gid),
        ]
        for (key, value) in texts {
            if let value { object[key] = .string(value) }
        }
        for (key, value) in [("instances", instances), ("max_restarts", maxRestarts)] {
            if let value { object[key] = Int64(value).map { .integer($0) } ?? .string(value) }
        }
        for key in ["restart_delay", "kill_timeout"] {
            if let number = object[key]?.stringValue.flatMap({ Int64($0) }) { object[key] = .integer(number) }
        }
        if waitReady { object["wait_ready"] = true }
        if noAutorestart { object["autorestart"] = false }
        if noTreekill { object["treekill"] = false }
        return object
    }
}
