import ArgumentParser
import LinuxSystem
import SupervisorClient

/// The command `notify`.
struct NotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "Report from a supervised program: readiness, status, signs of life (sd_notify).",
        discussion: """
            For shells and languages without Unix datagrams. Needs NOTIFY_SOCKET, which every supervised program gets.
            Example:  noviSupervisor notify --ready --status "serving on port 8080"
            """
    )

    @Flag(help: "The program is ready.")
    var ready = false
    @Flag(help: "The program is stopping.")
    var stopping = false
    @Flag(help: "A sign of life for the watchdog.")
    var watchdog = false
    @Option(help: "One line about what it is doing.")
    var status: String?
    @Argument(help: "Further assignments, NAME=VALUE.")
    var assignments: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            var lines: [String] = []
            if ready { lines.append("READY=1") }
            if stopping { lines.append("STOPPING=1") }
            if watchdog { lines.append("WATCHDOG=1") }
            if let status {
                lines.append("STATUS=" + String(status.map { $0.isNewline ? " " : $0 }))
            }
            for assignment in assignments {
                guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                    throw CommandFailure("\(assignment) is no assignment", .usage, hint: "write NAME=VALUE")
                }
                lines.append(assignment)
            }
            guard !lines.isEmpty else { throw CommandFailure("there is nothing to report", .usage) }
            let isSent: Bool
            do throws(SystemError) {
                isSent = try ServiceNotifier.sendNotify(state: lines.joined(separator: "\n"))
            } catch {
                throw CommandFailure("\(error)", .failed)
            }
            guard isSent else {
                throw CommandFailure(
                    "cannot report: NOTIFY_SOCKET is not set, so no supervisor started this program",
                    .failed
                )
            }
        }
    }
}
