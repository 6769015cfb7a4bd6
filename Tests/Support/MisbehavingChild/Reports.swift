import Glibc
import LinuxSystem

/// Messages to the supervisor.
enum Reports {
    static func ready(afterMilliseconds: Int) {
        Waiting.milliseconds(afterMilliseconds)
        tell("READY=1\nSTATUS=ready after \(afterMilliseconds) ms")
        Waiting.forever()
    }

    static func send(_ lines: [String]) {
        tell(lines.joined(separator: "\n"))
        Waiting.forever()
    }

    /// Feeds the watchdog three times, then no more.
    static func watchdogThenHang() {
        let interval = CurrentProcess.environmentValue("WATCHDOG_USEC").flatMap { Int($0) } ?? 1_000_000
        tell("READY=1")
        for _ in 0..<3 {
            tell("WATCHDOG=1")
            Waiting.milliseconds(interval / 2000)
        }
        Output.write("hanging\n")
        Waiting.forever()
    }

    static func tell(_ state: String) {
        do throws(SystemError) {
            if try !ServiceNotifier.sendNotify(state: state) { Output.error("no NOTIFY_SOCKET\n") }
        } catch {
            Output.error("\(error)\n")
        }
    }
}

/// A server on the socket that the supervisor opened.
enum Echo {
    /// Answers each connection on descriptor 3 with our pid.
    static func serve() {
        guard CurrentProcess.environmentValue("LISTEN_PID") == "\(getpid())",
            CurrentProcess.environmentValue("LISTEN_FDS") == "1"
        else {
            Output.error("LISTEN_PID or LISTEN_FDS is not for us\n")
            _exit(78)
        }
        signal(SIGPIPE, SIG_IGN)
        Reports.tell("READY=1")
        while true {
            let client = accept(3, nil, nil)
            guard client >= 0 else {
                if errno == EINTR { continue }
                _exit(71)
            }
            Output.write("\(getpid())\n", to: client)
            close(client)
        }
    }
}
