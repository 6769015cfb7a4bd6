import Glibc

/// Waiting without doing anything.
enum Pause {
    /// Waits; a signal may end the wait early.
    static func milliseconds(_ count: Int64) {
        var wait = timespec(tv_sec: Int(count / 1000), tv_nsec: Int(count % 1000 * 1_000_000))
        nanosleep(&wait, nil)
    }
}
