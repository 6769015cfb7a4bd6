import CPostgres
import Glibc
import Synchronization

/// Tells connections that their socket has something: one thread and one epoll for all of a process (epoll(7)).
///
/// A dispatch source does the same over two more threads, its manager and a worker, and to wake a thread costs more than all else of a
/// short statement.
final class SocketWatch: Sendable {
    /// The process's.
    static let shared = SocketWatch()

    /// A socket that is watched until this is cancelled or forgotten.
    final class Registration: Sendable {
        private let watch: SocketWatch
        private let token: UInt64

        fileprivate init(_ watch: SocketWatch, _ token: UInt64) {
            self.watch = watch
            self.token = token
        }

        deinit { cancel() }

        /// Ends it; a call that is on its way may still come.
        func cancel() { watch.remove(token) }
    }

    private struct Entry {
        let descriptor: Int32
        let onReadable: @Sendable () -> Void
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var lastToken: UInt64 = 0
        var isRunning = false
    }

    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let state = Mutex(State())

    /// Watches a socket.
    ///
    /// A duplicate of the descriptor is watched: libpq may close its own at any time.
    ///
    /// - Parameters:
    ///   - descriptor: The socket.
    ///   - onReadable: Is called on the watching thread while there is something to read, the end included; it must not block, and has
    ///     to read everything or cancel.
    /// - Returns: The registration; `nil` when no descriptor or no thread is to be had.
    func add(_ descriptor: Int32, _ onReadable: @escaping @Sendable () -> Void) -> Registration? {
        let duplicate = duplicateDescriptor(descriptor)
        guard epoll >= 0, duplicate >= 0 else { return nil }
        let token: UInt64? = state.withLock { state in
            guard state.isRunning || start() else { return nil }
            state.isRunning = true
            state.lastToken += 1
            var event = epoll_event(
                events: EPOLLIN.rawValue | EPOLLRDHUP.rawValue,
                data: epoll_data(u64: state.lastToken)
            )
            guard epoll_ctl(epoll, EPOLL_CTL_ADD, duplicate, &event) == 0 else { return nil }
            state.entries[state.lastToken] = Entry(descriptor: duplicate, onReadable: onReadable)
            return state.lastToken
        }
        guard let token else {
            closeDescriptor(duplicate)
            return nil
        }
        return Registration(self, token)
    }

    private func remove(_ token: UInt64) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: token) else { return }
            epoll_ctl(epoll, EPOLL_CTL_DEL, entry.descriptor, nil)
            closeDescriptor(entry.descriptor)
        }
    }

    /// Starts the thread, which lives as long as the process.
    private func start() -> Bool {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self).toOpaque()
        let problem = pthread_create(
            &thread,
            nil,
            { box in
                if let box { Unmanaged<SocketWatch>.fromOpaque(box).takeUnretainedValue().run() }
                return nil
            },
            box
        )
        guard problem == 0 else {
            Unmanaged<SocketWatch>.fromOpaque(box).release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        // Signals are for those who asked for them.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            for event in events.prefix(Int(max(0, count))) {
                // Looked up one by one: what an earlier call cancelled is not called any more.
                state.withLock { $0.entries[event.data.u64] }?.onReadable()
            }
        }
    }
}
