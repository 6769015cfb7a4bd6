import Glibc
import SupervisorClient

/// What Ctrl-C does: it ends the command at once, never what the daemon was asked to do.
enum Interruption {
    /// Ends a waiting command with a word about the apps.
    ///
    /// The daemon goes on with what it was asked: a client that goes away undoes nothing.
    static func leavesAppsAlone() {
        // Only calls that signal-safety(7) allows; a static text needs no memory.
        signal(SIGINT) { _ in
            let text: StaticString =
                "\nnoviSupervisor: left; the daemon goes on with what was asked, see: noviSupervisor status\n"
            _ = text.withUTF8Buffer { write(2, $0.baseAddress, $0.count) }
            _exit(ExitStatus.interruptedCode)
        }
    }

    /// Ends a command that only shows something, quietly.
    static func endsQuietly() {
        signal(SIGINT) { _ in _exit(ExitStatus.interruptedCode) }
    }

    /// Makes sure that signals reach us: whoever started us may have had them blocked, which execve(2) hands on.
    static func unblockSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
    }
}

extension ExitStatus {
    /// The raw value of ``interrupted``, for a signal handler.
    static let interruptedCode: Int32 = 130
}
