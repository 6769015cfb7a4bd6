import CSupervisorShims
import Glibc

/// The way back of an upgrade in place: while it is armed, whatever would end this process — a crash, a trap, time — executes
/// the program that was here before instead, in the same process (execveat(2), AT_EMPTY_PATH).
public enum WayBack {
    /// Arms it; for the rest of the process at most once.
    ///
    /// - Parameters:
    ///   - program: A descriptor of the former program; it stays open.
    ///   - arguments: The arguments of the former program, its name first; the reason is added to them.
    ///   - seconds: How long this program may take until ``disarm()``.
    public static func arm(program: Int32, arguments: [String], seconds: UInt32) {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: arguments.count + 2
        )
        for (index, argument) in arguments.enumerated() {
            pointers[index] = strdup(argument)
        }
        pointers[arguments.count] = novi_way_back_reason()
        pointers[arguments.count + 1] = nil
        novi_way_back_arm(program, pointers, seconds)
    }

    /// Has this process ended by SIGALRM after a time, whatever program it is then (alarm(2)); arming and disarming end that.
    ///
    /// - Parameter seconds: The time.
    public static func limit(seconds: UInt32) {
        alarm(seconds)
    }

    /// Disarms it: this program is good.
    public static func disarm() {
        novi_way_back_disarm()
    }

    /// Takes it now.
    ///
    /// - Parameter reason: Why, for the former program.
    /// - Returns: Why it failed; it does not return otherwise.
    public static func take(_ reason: String) -> SystemError {
        novi_way_back_take(reason)
        return SystemError("execute the former program", errno)
    }
}
