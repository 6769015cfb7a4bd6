import Shared

/// What can be asked for one process.
struct ProcessAction: Hashable, Sendable {
    /// The kinds.
    enum Kind: Hashable, Sendable {
        case start
        case stop
        case restart
        case cleanup
        case signal(String)
    }

    var kind: Kind
    /// What the daemon is told: `api`, or `api:0` where the app has several instances.
    let process: String
    /// The app and its instance, for the worker's own socket.
    var app: String
    var instance: Int

    /// Makes an action.
    ///
    /// - Parameters:
    ///   - kind: What is done.
    ///   - row: To which process.
    ///   - isOnly: Whether the app has no other instance, so that its name means this process alone.
    init(_ kind: Kind, _ row: ProcessRow, isOnly: Bool) {
        self.kind = kind
        process = isOnly ? row.name : row.selection
        app = row.app
        instance = row.instance
    }

    /// The signals that can be chosen, the usual ones first.
    static let signals = ["HUP", "USR1", "USR2", "INT", "TERM", "QUIT", "STOP", "CONT", "KILL"]

    /// The question before it.
    var question: String {
        switch kind {
        case .start: "Start \(process)?"
        case .stop: "Stop \(process)? What depends on it goes on and misses it."
        case .restart: "Restart \(process)?"
        case .cleanup: "Ask \(process) to give memory back?"
        case .signal(let name): "Send SIG\(name) to \(process)?"
        }
    }

    /// What is said while it goes on.
    var progress: String {
        switch kind {
        case .start: "starting \(process)"
        case .stop: "stopping \(process)"
        case .restart: "restarting \(process)"
        case .cleanup: "asking \(process) to give memory back"
        case .signal(let name): "sending SIG\(name) to \(process)"
        }
    }

    /// The same as a command.
    ///
    /// - Parameter home: The folder of a supervisor that is not the usual one.
    /// - Returns: What to type in a shell.
    func command(home: String?) -> String {
        let word =
            switch kind {
            case .start: "start"
            case .stop: "stop"
            case .restart: "restart"
            case .cleanup: "cleanup"
            case .signal(let name): "signal \(name)"
            }
        let option = home.map { " --home \(ShellWord.quoted($0))" } ?? ""
        return "noviSupervisor \(word) \(ShellWord.quoted(process))\(option)"
    }
}

/// A word as it is typed in a shell.
enum ShellWord {
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=,+@%".contains($0) }
        guard !isPlain else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}
