import CSupervisorShims
import Glibc

/// A timer that becomes readable, on the clock of ``Clocks/monotonicNanoseconds()`` (timerfd_create(2)).
public final class TimerDescriptor {
    private let descriptor: OwnedDescriptor

    /// What to watch for `.readable`.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Makes a timer that is not armed.
    ///
    /// - Throws: `SystemError`, as when no descriptor is left.
    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(try SystemCall.check("create a timer") { novi_timerfd(CLOCK_BOOTTIME) })
    }

    /// Arms the timer, in place of an earlier time.
    ///
    /// - Parameter nanoseconds: When, since boot; a time that has passed makes it readable at once.
    /// - Throws: `SystemError` (timerfd_settime(2)).
    public func arm(atNanoseconds nanoseconds: Int64) throws(SystemError) {
        // Zero would disarm.
        let instant = UInt64(max(1, nanoseconds))
        try SystemCall.check("arm a timer") { novi_timerfd_arm(descriptor.rawValue, instant) }
    }

    /// Disarms the timer.
    public func disarm() {
        _ = novi_timerfd_arm(descriptor.rawValue, 0)
    }

    /// Takes the readiness back; says whether the timer had run out.
    @discardableResult
    public func clear() -> Bool {
        var count: UInt64 = 0
        return SystemCall.repeating { read(descriptor.rawValue, &count, 8) } == 8
    }
}
