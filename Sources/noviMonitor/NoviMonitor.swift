import CTerminalShims
import Glibc
import LinuxSystem
import SupervisorClient

/// The terminal monitor, started by `noviSupervisor monit`.
@main
struct NoviMonitor {
    static func main() {
        guard let options = MonitorOptions(Array(CommandLine.arguments.dropFirst())) else {
            complain(MonitorOptions.usage)
            exit(ExitStatus.usage.rawValue)
        }
        // A closed pipe is an error of one write, not the end by a signal.
        try? CurrentProcess.ignoreSignals([SIGPIPE])
        let style = Style(noColor: !options.hasColor)
        novi_locale(style.hasUnicode ? 1 : 0)
        exit(run(options, style))
    }

    private static func run(_ options: MonitorOptions, _ style: Style) -> Int32 {
        do throws(SystemError) {
            // Before the screen: none may come between.
            let signals = try SignalDescriptor(signals: MonitorLoop.signals)
            let isTerminal = Terminal.isTerminal(0) && Terminal.isTerminal(1)
            // One that is unknown gets plain lines as well.
            let terminal = isTerminal ? TerminalScreen(hasColor: style.hasColor) : nil
            defer { terminal?.end() }
            return MonitorLoop(options, terminal, signals, style).run()
        } catch {
            complain("noviMonitor: \(error)\n")
            return ExitStatus.failed.rawValue
        }
    }

    private static func complain(_ text: String) {
        let target = Descriptor(2)
        defer { _ = target.take() }
        try? target.writeAll(Array(text.utf8))
    }
}
