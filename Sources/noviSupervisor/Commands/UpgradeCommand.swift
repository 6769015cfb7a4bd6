import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

/// The command `upgrade`.
struct UpgradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Replace the daemon's program while everything runs on.",
        discussion: """
            The new program first rehearses the take-over; if it cannot, or does not come up, the old one goes on and \
            says why.

            Examples:
              noviSupervisor upgrade                      the program beside this one
              noviSupervisor upgrade /opt/novi/bin/noviSupervisord
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var time: TimeoutOption
    @Flag(help: "JSON for scripts.")
    var json = false
    @Argument(help: "The new program.", completion: .file())
    var program: String?

    func run() throws {
        try perform { () throws(CommandFailure) in
            let timeout = try time.duration()
            let client = try common.connect()
            Interruption.leavesAppsAlone()
            let before = try DaemonIdentity(client.call("Ping"))
            let path = program.map(Self.absolute) ?? DaemonLauncher.program
            let end = Clocks.monotonicNanoseconds() + timeout.wholeNanoseconds
            let attempt = try begin(path, client, before, timeout)
            let after = try awaitResult(attempt, before, until: end, timeout)
            if json {
                Output.json([
                    "upgraded": .bool(true), "pid": .integer(after.pid), "from": .string(before.version),
                    "to": .string(after.version),
                ])
            } else {
                Output.line(
                    "upgraded the daemon (pid \(after.pid)) from \(before.version) to \(after.version)"
                )
            }
        }
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(WorkingDirectory.current)/\(path)"
    }

    /// Asks for the upgrade; returns its number.
    private func begin(
        _ path: String,
        _ client: ControlClient,
        _ before: DaemonIdentity,
        _ timeout: Duration
    ) throws(CommandFailure) -> Int64 {
        do throws(CommandFailure) {
            let reply = try client.call("Upgrade", ["program": .string(path)], deadline: timeout)
            return reply["attempt"]?.integerValue ?? 0
        } catch {
            guard error.status != .noDaemon else {
                // It hung up before we could read the answer: what the next one tells counts.
                return (before.upgrade?.attempt ?? 0) + 1
            }
            throw error
        }
    }

    /// Waits until a daemon answers that knows how the upgrade went.
    private func awaitResult(
        _ attempt: Int64,
        _ before: DaemonIdentity,
        until end: Int64,
        _ timeout: Duration
    ) throws(CommandFailure) -> DaemonIdentity {
        let layout = try common.layout()
        while true {
            if let client = try? ControlClient(layout), let reply = try? client.call("Ping") {
                let present = DaemonIdentity(reply)
                if let upgrade = present.upgrade, present.pid == before.pid, upgrade.attempt >= attempt {
                    guard let failure = upgrade.failure else { return present }
                    throw CommandFailure(
                        "not upgraded: \(failure)",
                        hint: "the daemon of before goes on (pid \(present.pid), version \(present.version))"
                    )
                }
                if present.pid != before.pid {
                    throw CommandFailure(
                        "not upgraded: the new program died before it was ready",
                        hint:
                            "another daemon took over (pid \(present.pid), version \(present.version)); apps ran on"
                    )
                }
            }
            guard Clocks.monotonicNanoseconds() < end else {
                throw CommandFailure(
                    "no daemon told within \(timeout.shortText) how the upgrade went",
                    .timedOut,
                    hint: "look with: noviSupervisor ping"
                )
            }
            Pause.milliseconds(10)
        }
    }
}

/// A daemon as `Ping` tells it.
struct DaemonIdentity {
    /// How its last upgrade went.
    struct Upgrade {
        var attempt: Int64
        var failure: String?
    }

    var pid: Int64
    var version: String
    /// `nil` for one that was never upgraded, or is too old to tell.
    var upgrade: Upgrade?

    /// Whether it is the very image of the program that another answer came from.
    func isSameImage(as other: DaemonIdentity) -> Bool {
        pid == other.pid && upgrade?.attempt == other.upgrade?.attempt
    }

    /// Reads the reply of `Ping`.
    init(_ reply: JSONObject) {
        let daemon = reply["daemon"]
        pid = daemon?["pid"]?.integerValue ?? 0
        version = daemon?["version"]?.stringValue ?? "?"
        guard let upgrade = reply["upgrade"], let attempt = upgrade["attempt"]?.integerValue else { return }
        self.upgrade = Upgrade(attempt: attempt, failure: upgrade["failure"]?.stringValue)
    }
}
