import ArgumentParser
import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// The command `kill`.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Stop everything in order, then the daemon; what ran comes back with the next daemon."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(
        name: [.customLong("yes"), .customLong("force"), .customShort("y")],
        help: "Do not ask on a terminal."
    )
    var isSure = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let layout = try common.layout()
            let client: ControlClient
            do throws(CommandFailure) {
                client = try DaemonConnection.connect(layout, Patience(timeout))
            } catch {
                guard error.status == .noDaemon else { throw error }
                if let keeper = Keeper.processID(layout) {
                    // It starts one more daemon, which stops the apps in order if it can.
                    let wait = Int32(clamping: timeout.wholeMilliseconds)
                    guard Keeper.end(layout, milliseconds: wait) else {
                        throw CommandFailure(
                            "the keeper (pid \(keeper)) did not end within \(timeout.shortText)",
                            .timedOut
                        )
                    }
                    Output.line("ended the keeper in \(layout.home); its daemon did not answer")
                    return
                }
                // What is wanted is the case already.
                Output.line("no daemon runs in \(layout.home)")
                return
            }
            let pid = try client.call("Ping")["daemon"]?["pid"]?.integerValue
            let keeper = Keeper.processID(layout)
            let running = try Listing.processes(client, nil).filter { $0["pid"]?.integerValue != nil }
            if !isSure, !running.isEmpty {
                let count = "\(running.count) running \(running.count == 1 ? "process" : "processes")"
                try Confirmation.ask("This stops \(count) and the daemon.", orSay: "nothing was stopped")
                // The time that somebody took to answer is not the daemon's.
                client.patience = Patience(timeout)
            }
            Interruption.leavesAppsAlone()
            let parameters: JSONObject = ["timeout_ms": .integer(timeout.wholeMilliseconds)]
            _ = try client.call("Shutdown", parameters, deadline: TimeoutOption.deadline(for: timeout))
            awaitEnd(of: pid)
            if let keeper { Keeper.awaitEnd(of: keeper, milliseconds: 5000) }
            let count = running.count
            Output.line("stopped \(count) \(count == 1 ? "process" : "processes") and the daemon")
        }
    }

    /// The answer comes just before the daemon's end; who starts another one wants the lock to be free.
    private func awaitEnd(of pid: Int64?) {
        guard let pid = pid.flatMap({ Int32(exactly: $0) }), let handle = try? ProcessHandle.pidfdOpen(pid)
        else { return }
        var wait = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&wait, 1, 5000)
    }
}
