import CSupervisorShims
import Glibc

/// Waits for many descriptors at once: level-triggered epoll(7).
public final class EventPoll {
    /// What a descriptor is ready for.
    public struct Events: OptionSet, Hashable, Sendable {
        /// The bits of epoll_ctl(2).
        public let rawValue: UInt32

        /// Makes a set of epoll's bits.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Something can be read; of a pidfd: the process has ended.
        public static let readable = Events(rawValue: UInt32(NOVI_POLL_IN))
        /// Something can be written.
        public static let writable = Events(rawValue: UInt32(NOVI_POLL_OUT))
        /// An error waits; always reported.
        public static let error = Events(rawValue: UInt32(NOVI_POLL_ERR))
        /// The other side is gone, or of a pidfd: the process was reaped; always reported.
        public static let hangUp = Events(rawValue: UInt32(NOVI_POLL_HUP))
        /// The peer of a stream closed its writing half.
        public static let peerClosed = Events(rawValue: UInt32(NOVI_POLL_RDHUP))
    }

    /// One descriptor that is ready.
    public struct Event: Hashable, Sendable {
        /// What was given to ``EventPoll/add(_:_:token:)``.
        public var token: UInt64
        /// What it is ready for.
        public var events: Events
    }

    private let descriptor: OwnedDescriptor
    private var ready = [novi_event](repeating: novi_event(), count: Int(NOVI_POLL_BATCH))

    /// The descriptor of the set itself; readable when one of its members is ready.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Makes an empty set.
    ///
    /// - Throws: `SystemError`, as when no descriptor is left.
    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(try SystemCall.check("create an epoll set") { novi_epoll_create() })
    }

    /// Watches a descriptor.
    ///
    /// - Parameters:
    ///   - fd: The descriptor; regular files cannot be watched (EPERM).
    ///   - events: What to wait for.
    ///   - token: What ``wait(timeoutMilliseconds:into:)`` returns for it.
    /// - Throws: `SystemError` (epoll_ctl(2)).
    public func add(_ fd: Int32, _ events: Events, token: UInt64) throws(SystemError) {
        try SystemCall.check("watch a descriptor") {
            novi_epoll_add(descriptor.rawValue, fd, events.rawValue, token)
        }
    }

    /// Changes what is waited for; the parameters are those of ``add(_:_:token:)``.
    public func modify(_ fd: Int32, _ events: Events, token: UInt64) throws(SystemError) {
        try SystemCall.check("watch a descriptor") {
            novi_epoll_modify(descriptor.rawValue, fd, events.rawValue, token)
        }
    }

    /// Stops watching; does nothing for a descriptor that is not in the set.
    public func remove(_ fd: Int32) {
        _ = novi_epoll_remove(descriptor.rawValue, fd)
    }

    /// Waits until a descriptor is ready or time is up.
    ///
    /// A signal ends the wait early, with nothing ready.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: The longest wait; 0 looks only; `nil` waits for ever.
    ///   - events: Receives what is ready, in place of what it held; its memory is used again.
    /// - Throws: `SystemError` (epoll_wait(2)).
    public func wait(timeoutMilliseconds: Int32?, into events: inout [Event]) throws(SystemError) {
        events.removeAll(keepingCapacity: true)
        let count = ready.withUnsafeMutableBufferPointer { buffer in
            novi_epoll_wait(
                descriptor.rawValue,
                buffer.baseAddress,
                timeoutMilliseconds.map { max(0, $0) } ?? -1
            )
        }
        guard count >= 0 else {
            let number = errno
            guard number != EINTR else { return }
            throw SystemError("wait for events", number)
        }
        for event in ready.prefix(Int(count)) {
            events.append(Event(token: event.token, events: Events(rawValue: event.events)))
        }
    }
}
