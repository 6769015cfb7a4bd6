import Glibc

/// Calls into the kernel with the two things that every call needs: a repeat after EINTR and an error with a name.
public enum SystemCall {
    /// Calls until the answer is not EINTR (signal(7)) and returns it, -1 included.
    public static func repeating<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result == -1, lastError == EINTR { continue }
            return result
        }
    }

    /// Calls, repeats after EINTR, and throws for -1.
    ///
    /// - Parameters:
    ///   - operation: What is attempted, such as `open log file`.
    ///   - subject: On what.
    ///   - call: The system call.
    /// - Returns: What the call returned.
    /// - Throws: `SystemError` with the call's errno.
    @discardableResult
    public static func check<Result: SignedInteger>(
        _ operation: @autoclosure () -> String,
        _ subject: @autoclosure () -> String = "",
        _ call: () -> Result
    ) throws(SystemError) -> Result {
        let result = repeating(call)
        guard result != -1 else {
            let number = lastError
            throw SystemError(operation(), number, subject())
        }
        return result
    }

    /// The error number of the last call in this thread.
    public static var lastError: Int32 { errno }
}
