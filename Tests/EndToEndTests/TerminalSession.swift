import Foundation
import LinuxSystem
import Testing

/// A shell in a terminal of its own: tmux presses keys and tells what is on the screen.
///
/// With a server of its own, so that nothing of a user's tmux is touched.
final class TerminalSession {
    private let socket: String
    private let folder: String

    /// Whether tmux is installed.
    static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux") }

    /// Opens a terminal of a size; `folder` is the shell's working directory and holds the server's socket.
    init(_ folder: String, columns: Int = 80, rows: Int = 24, locale: String = "C.UTF-8") throws {
        self.folder = folder
        socket = "\(folder)/tmux"
        let configuration = "\(folder)/tmux.conf"
        try "set -g default-terminal screen-256color\nset -g escape-time 0\nset -g status off\n"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        try quietly(
            ["-f", configuration, "new-session", "-d", "-s", "t", "-x", "\(columns)", "-y", "\(rows)"]
                + [
                    "env", "-i", "PATH=\(SupervisorFixture.binaries):/usr/bin:/bin", "HOME=\(folder)",
                    "LANG=\(locale)",
                ]
                + ["TERM=screen-256color", "PS1=ready> ", "bash", "--norc", "--noprofile"]
        )
        try awaitScreen("a prompt") { $0.contains("ready>") }
    }

    deinit {
        _ = try? tmux(["kill-server"])
    }

    @discardableResult
    private func tmux(_ arguments: [String]) throws -> String {
        // No descriptor of ours goes to its server, which lives on: the pipes of other tests would never end.
        let output = CommandOutput.of(
            "/usr/bin/tmux",
            ["-u", "-S", socket] + arguments,
            environment: ["TERM=xterm-256color", "HOME=\(folder)"],
            includesErrors: true,
            timeoutMilliseconds: 60_000
        )
        return String(decoding: try #require(output, "tmux \(arguments) failed"), as: UTF8.self)
    }

    /// A command that has nothing to say unless it fails.
    private func quietly(_ arguments: [String]) throws {
        let complaint = try tmux(arguments)
        try #require(complaint.isEmpty, "tmux \(arguments): \(complaint)")
    }

    /// Takes the terminal away, as a connection that breaks.
    func close() throws { try tmux(["kill-server"]) }

    /// Types a line and ends it.
    func run(_ line: String) throws {
        try quietly(["send-keys", "-t", "t", "-l", line])
        try keys("Enter")
    }

    /// Presses keys by tmux's names, such as `j` or `C-z`.
    func keys(_ names: String...) throws {
        try quietly(["send-keys", "-t", "t"] + names)
    }

    /// Sends bytes as the terminal would, as for the mouse.
    func send(_ bytes: [UInt8]) throws {
        try quietly(["send-keys", "-t", "t", "-H"] + bytes.map { String($0, radix: 16) })
    }

    func resize(columns: Int, rows: Int) throws {
        try quietly(["resize-window", "-t", "t", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// What is on the screen, without spaces at the ends of lines.
    func screen() throws -> String {
        let lines = try tmux(["capture-pane", "-p", "-t", "t"]).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        return lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }.joined(
            separator: "\n"
        )
    }

    /// A variable of tmux for this terminal, such as `alternate_on`.
    func variable(_ name: String) throws -> String {
        try tmux(["display-message", "-p", "-t", "t", "#{\(name)}"]).trimmingCharacters(in: .newlines)
    }

    /// Waits until the screen is so; fails with what is on it.
    @discardableResult
    func awaitScreen(
        _ what: String,
        seconds: Double = 60,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: (String) throws -> Bool
    ) throws -> String {
        let end = Clocks.monotonicNanoseconds() + Int64(seconds * 1e9)
        while true {
            let screen = try screen()
            if try condition(screen) { return screen }
            try #require(
                Clocks.monotonicNanoseconds() < end,
                "waited \(seconds) s in vain for \(what):\n\(screen)",
                sourceLocation: sourceLocation
            )
            usleep(20_000)
        }
    }

    /// The process that runs in the shell's foreground.
    func foreground() throws -> Int32 {
        let shell = try #require(Int32(try variable("pane_pid")))
        let proc = try ProcFilesystem()
        return try #require(proc.children(of: shell).first { proc.commandName($0) == "noviMonitor" })
    }

    /// The settings of the terminal, as `stty -a` tells them at the prompt.
    func settings() throws -> String {
        let file = "\(folder)/stty-\(UInt32.random(in: 0 ... .max))"
        try run("stty -a > \(file).new; mv \(file).new \(file)")
        let end = Clocks.monotonicNanoseconds() + 60_000_000_000
        while !FileManager.default.fileExists(atPath: file) {
            try #require(Clocks.monotonicNanoseconds() < end, "no settings were written")
            usleep(20_000)
        }
        return try String(contentsOfFile: file, encoding: .utf8)
    }
}
