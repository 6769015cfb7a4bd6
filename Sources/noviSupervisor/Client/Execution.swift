import Glibc
import LinuxSystem
import SupervisorClient

/// Becoming another program.
enum Execution {
    /// Replaces this process; returns only by throwing.
    static func replace(with program: String, _ arguments: [String]) throws(CommandFailure) -> Never {
        var pointers = ([program] + arguments).map { strdup($0) }
        pointers.append(nil)
        execv(program, pointers)
        throw CommandFailure("cannot execute \(program): \(SystemError.text(of: errno))", .failed)
    }
}
