import CSupervisorShims
import Glibc

/// Wakes a thread that waits in ``EventPoll``, from any thread (eventfd(2)).
public final class WakeupDescriptor: Sendable {
    private let descriptor: OwnedDescriptor

    /// What to watch for `.readable`.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Makes a descriptor that is not ready.
    ///
    /// - Throws: `SystemError`, as when no descriptor is left.
    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(try SystemCall.check("create an eventfd") { novi_eventfd() })
    }

    /// Makes the descriptor readable; many calls before it is read count as one.
    ///
    /// Callable from any thread.
    public func wake() {
        var one: UInt64 = 1
        // EAGAIN means that the counter is full: it is readable already.
        _ = SystemCall.repeating { write(descriptor.rawValue, &one, 8) }
    }

    /// Takes the readiness back; call it before looking at what the waking thread left.
    public func clear() {
        var count: UInt64 = 0
        _ = SystemCall.repeating { read(descriptor.rawValue, &count, 8) }
    }
}
