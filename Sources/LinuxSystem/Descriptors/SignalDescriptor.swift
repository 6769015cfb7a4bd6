import CSupervisorShims
import Glibc

/// Signals to this process as something to read (signalfd(2)).
///
/// Make it in the first thread before any other thread starts: the signals are blocked there and in every thread made
/// later. Children get a clean mask from ``ChildProcess/spawn(_:)``.
public final class SignalDescriptor {
    /// A signal that arrived.
    public struct Occurrence: Hashable, Sendable {
        /// Its number (signal(7)).
        public var signal: Int32
        /// The process that sent it; 0 for the kernel.
        public var senderProcessID: Int32
        /// That process's user.
        public var senderUserID: UInt32
    }

    private let descriptor: OwnedDescriptor

    /// What to watch for `.readable`.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Blocks signals and receives them here.
    ///
    /// - Parameter signals: Their numbers; a bad one is EINVAL.
    /// - Throws: `SystemError` (signalfd(2)).
    public init(signals: [Int32]) throws(SystemError) {
        descriptor = OwnedDescriptor(
            try SystemCall.check("receive signals") { novi_signalfd(signals, Int32(clamping: signals.count)) }
        )
    }

    /// The next signal that waits; `nil` when there is none.
    ///
    /// - Throws: `SystemError` (read(2)).
    public func next() throws(SystemError) -> Occurrence? {
        var signal = novi_signal()
        let result = try SystemCall.check("receive signals") {
            novi_signalfd_read(descriptor.rawValue, &signal)
        }
        guard result == 1 else { return nil }
        return Occurrence(signal: signal.number, senderProcessID: signal.sender, senderUserID: signal.user)
    }
}
