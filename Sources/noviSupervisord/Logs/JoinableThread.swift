import Glibc
import Synchronization

/// A thread with a small stack that can be waited for.
final class JoinableThread: Sendable {
    private let identity = Mutex<pthread_t?>(nil)

    /// The stack: the pump needs little, and address space is counted by some limits.
    private static let stackBytes = 512 * 1024

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Starts the thread.
    func start(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        defer { pthread_attr_destroy(&attributes) }
        let context = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard result == 0 else {
            context.release()
            return
        }
        identity.withLock { $0 = thread }
    }

    /// Waits for its end.
    func join() {
        guard let thread = identity.withLock({ $0 }) else { return }
        pthread_join(thread, nil)
        identity.withLock { $0 = nil }
    }

    /// Sleeps in the calling thread.
    static func sleep(nanoseconds: Int64) {
        var wait = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
        nanosleep(&wait, nil)
    }
}
