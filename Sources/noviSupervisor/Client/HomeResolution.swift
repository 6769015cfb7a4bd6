import LinuxSystem
import Shared
import SupervisorClient

/// Finds the supervisor that a command speaks to (M26).
///
/// `--home`, then `NOVI_HOME`; otherwise `~/.novi` where a daemon answers, then the system's where one answers; otherwise the
/// default of this user: the system layout for root, `~/.novi` for everybody else.
enum HomeResolution {
    /// Finds the layout.
    ///
    /// - Parameter option: The value of `--home`.
    /// - Returns: Where the supervisor lives.
    /// - Throws: ``CommandFailure`` when two daemons answer, or a path is not usable.
    static func layout(option: String?) throws(CommandFailure) -> HomeLayout {
        guard option != "" else {
            throw CommandFailure(
                "--home is empty",
                .usage,
                hint: "write --home FOLDER, or leave it out"
            )
        }
        if let home = option ?? environment("NOVI_HOME") {
            return try checked(HomeLayout(home: absolute(home)))
        }
        let own = environment("HOME").map { HomeLayout(home: "\($0)/.novi") }
        let candidates = [own, HomeLayout.system].compactMap { $0 }
        let answering = candidates.filter { isAnswering($0) }
        if answering.count > 1 {
            let names = answering.map(\.home).joined(separator: " and ")
            throw CommandFailure(
                "two daemons answer, in \(names)",
                .usage,
                hint: "say which with --home FOLDER or NOVI_HOME"
            )
        }
        if let only = answering.first { return only }
        if CurrentProcess.userID == 0 { return .system }
        guard let own else {
            throw CommandFailure(
                "HOME is not set, so there is no ~/.novi",
                .usage,
                hint: "give --home FOLDER"
            )
        }
        return try checked(own)
    }

    private static func isAnswering(_ layout: HomeLayout) -> Bool {
        (try? UnixSocket.connect(layout.controlSocket, timeoutMilliseconds: 200)) != nil
    }

    private static func checked(_ layout: HomeLayout) throws(CommandFailure) -> HomeLayout {
        // The longest socket below a home is a run's notify socket: the folder, a slash and sixteen digits.
        let longest = layout.notifyDirectory.utf8.count + 17
        guard longest <= Limits.socketPathBytes else {
            throw CommandFailure(
                "home folder \(layout.home) is too long for Unix sockets (\(longest) of \(Limits.socketPathBytes) bytes)",
                .usage,
                hint: "choose a shorter one with --home FOLDER or NOVI_HOME"
            )
        }
        return layout
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else {
            return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        }
        let folder = WorkingDirectory.current
        return path == "." ? folder : "\(folder)/\(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)"
    }

    private static func environment(_ name: String) -> String? {
        CurrentProcess.environmentValue(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The folder in which the command was typed.
enum WorkingDirectory {
    /// Its absolute path.
    static var current: String { SymbolicLink.target(of: "/proc/self/cwd") ?? "/" }
}
