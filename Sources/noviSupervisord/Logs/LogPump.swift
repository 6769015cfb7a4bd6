import LinuxSystem
import Shared
import Synchronization

/// The identity of one output stream of one process.
struct StreamID: Hashable, Sendable {
    /// The number.
    let rawValue: UInt64
}

/// The log pump: a thread of its own that moves bytes from pipes to files (M7).
///
/// The loop hands descriptors over and gets occurrences back, so that a stalled disk never stalls control. Where the
/// destination can take it, the kernel moves the bytes (splice(2)): they are in the pipe or in the file, never only in our
/// memory, so a kill at any instant loses none.
final class LogPump: Sendable {
    /// Where a stream goes.
    enum Destination: Sendable {
        /// A file, byte for byte.
        case file(path: String)
        /// The daemon's own standard output or error, line by line behind the app's name (container mode).
        case terminal(descriptor: Int32, prefix: String)
    }

    /// What the pump tells the loop.
    enum Occurrence: Sendable {
        /// All that the stream held at the time of the request is written.
        case drained(StreamID, UInt64)
        /// The stream is let go; its pipe may be closed.
        case detached(StreamID)
        /// A destination fails or works again.
        case trouble(StreamID, message: String)
        case recovered(StreamID)
    }

    /// What the loop tells the pump.
    fileprivate enum Command: Sendable {
        case attach(StreamID, SharedPipe, Destination, capacityLimit: Int)
        case drain(StreamID, UInt64)
        case detach(StreamID)
        case reopen
        case write([UInt8])
        case stop
    }

    private struct Mailbox: Sendable {
        var commands: [Command] = []
        var occurrences: [Occurrence] = []
    }

    private let mailbox = Mutex(Mailbox())
    private let thread = JoinableThread()
    private let hasCommands: WakeupDescriptor
    /// Readable when there are occurrences.
    let hasOccurrences: WakeupDescriptor

    /// Starts the thread.
    ///
    /// - Parameter journalPath: The daemon's own log, which ``write(_:)`` appends to.
    /// - Throws: `SystemError` when its descriptors cannot be made.
    init(journalPath: String?) throws(SystemError) {
        hasCommands = try WakeupDescriptor()
        hasOccurrences = try WakeupDescriptor()
        thread.start { [self] in
            CurrentProcess.setName("novi-logs")
            PumpThread(pump: self, journalPath: journalPath)?.run()
        }
    }

    /// Takes a pipe over; the caller keeps it open until ``Occurrence/detached(_:)``.
    func attach(_ stream: StreamID, pipe: OutputPipe, to destination: Destination, capacityLimit: Int) {
        send(.attach(stream, SharedPipe(pipe: pipe), destination, capacityLimit: capacityLimit))
    }

    /// Asks for ``Occurrence/drained(_:_:)`` once all that is in the pipe now has been written.
    func drain(_ stream: StreamID, _ ticket: UInt64) {
        send(.drain(stream, ticket))
    }

    /// Writes what is left and lets the pipe go.
    func detach(_ stream: StreamID) {
        send(.detach(stream))
    }

    /// Opens all files anew, for those who keep logrotate (SIGUSR2).
    func reopen() {
        send(.reopen)
    }

    /// Appends to the daemon's own log.
    func write(_ bytes: [UInt8]) {
        send(.write(bytes))
    }

    /// Ends the thread after what was asked before.
    func stop() {
        send(.stop)
    }

    /// Waits for the thread's end.
    func join() {
        thread.join()
    }

    /// What happened since the last call.
    func takeOccurrences() -> [Occurrence] {
        hasOccurrences.clear()
        return mailbox.withLock { box in
            defer { box.occurrences = [] }
            return box.occurrences
        }
    }

    private func send(_ command: Command) {
        let isFirst = mailbox.withLock { box in
            box.commands.append(command)
            return box.commands.count == 1
        }
        if isFirst {
            hasCommands.wake()
        }
    }

    fileprivate func takeCommands() -> [Command] {
        hasCommands.clear()
        return mailbox.withLock { box in
            defer { box.commands = [] }
            return box.commands
        }
    }

    fileprivate func tell(_ occurrence: Occurrence) {
        let isFirst = mailbox.withLock { box in
            box.occurrences.append(occurrence)
            return box.occurrences.count == 1
        }
        if isFirst {
            hasOccurrences.wake()
        }
    }

    fileprivate var commandDescriptor: Int32 { hasCommands.rawValue }
}

/// The thread's own state, never seen from outside.
private final class PumpThread {
    private let pump: LogPump
    private let poll: EventPoll
    private var streams: [StreamID: PumpedStream] = [:]
    private var journal: JournalFile?
    private var stops = false
    /// Streams whose destination fails; tried again from time to time.
    private var troubled: Set<StreamID> = []

    private static let commandToken: UInt64 = .max
    /// Bytes moved for one stream before the others have their turn.
    private static let turnBytes = 4 << 20
    /// The wait after a small batch of a busy stream, so that the next one is worth the wake-up.
    private static let coalescingNanoseconds: Int64 = 1_500_000
    /// How often a failing destination is tried again.
    private static let retryMilliseconds: Int32 = 500

    init?(pump: LogPump, journalPath: String?) {
        self.pump = pump
        guard let poll = try? EventPoll() else { return nil }
        self.poll = poll
        journal = journalPath.map { JournalFile(path: $0) }
        guard (try? poll.add(pump.commandDescriptor, .readable, token: Self.commandToken)) != nil else {
            return nil
        }
    }

    func run() {
        var occurred: [EventPoll.Event] = []
        var batchFollowsClosely = false
        var lastTurn: Int64 = 0
        while !stops {
            let timeout = troubled.isEmpty ? nil : Self.retryMilliseconds
            try? poll.wait(timeoutMilliseconds: timeout, into: &occurred)
            if !troubled.isEmpty {
                retryTroubled()
            }
            var moved = 0
            var served = 0
            for event in occurred {
                if event.token == Self.commandToken {
                    obey()
                } else if let stream = streams[StreamID(rawValue: event.token)] {
                    moved += serve(stream)
                    served += 1
                }
            }
            guard served > 0 else { continue }
            let now = Clocks.monotonicNanoseconds()
            batchFollowsClosely = now - lastTurn < 4 * Self.coalescingNanoseconds
            lastTurn = now
            // A writer of single lines would wake us for each; an idle or interactive one is copied at once.
            if batchFollowsClosely, moved / served < 32_768 {
                JoinableThread.sleep(nanoseconds: Self.coalescingNanoseconds)
            }
        }
    }

    private func obey() {
        for command in pump.takeCommands() {
            switch command {
            case .attach(let id, let shared, let destination, let limit):
                let stream = PumpedStream(
                    id: id,
                    pipe: shared.pipe,
                    destination: destination,
                    capacityLimit: limit
                )
                streams[id] = stream
                watch(stream)
            case .drain(let id, let ticket):
                if let stream = streams[id] {
                    _ = drain(stream)
                }
                pump.tell(.drained(id, ticket))
            case .detach(let id):
                if let stream = streams.removeValue(forKey: id) {
                    _ = drain(stream)
                    stream.finish()
                    if stream.isWatched {
                        poll.remove(stream.pipe.rawValue)
                    }
                }
                troubled.remove(id)
                pump.tell(.detached(id))
            case .reopen:
                for stream in streams.values {
                    stream.reopen()
                }
                journal?.reopen()
            case .write(let bytes): journal?.append(bytes)
            case .stop: stops = true
            }
        }
    }

    /// Moves all that is in the pipe now, however much it is: at most its capacity and what is written meanwhile.
    private func drain(_ stream: PumpedStream) -> Int {
        var total = 0
        let limit = PumpedStream.maximumCapacity * 2
        while total < limit, stream.pipe.bytesAvailable > 0 {
            let moved = serve(stream)
            guard moved > 0 else { break }
            total += moved
        }
        return total
    }

    private func serve(_ stream: PumpedStream) -> Int {
        var moved = 0
        while moved < Self.turnBytes {
            switch stream.move() {
            case .moved(let count):
                moved += count
                if troubled.remove(stream.id) != nil {
                    pump.tell(.recovered(stream.id))
                }
            case .empty: return moved
            case .failed(let message):
                if troubled.insert(stream.id).inserted {
                    pump.tell(.trouble(stream.id, message: message))
                }
                // Not watched while it fails: level-triggered readiness would spin.
                unwatch(stream)
                return moved
            }
        }
        return moved
    }

    private func retryTroubled() {
        for id in troubled {
            guard let stream = streams[id] else { continue }
            if serve(stream) > 0 || !troubled.contains(id) {
                watch(stream)
            }
        }
    }

    private func watch(_ stream: PumpedStream) {
        guard !stream.isWatched else { return }
        stream.isWatched = (try? poll.add(stream.pipe.rawValue, .readable, token: stream.id.rawValue)) != nil
    }

    private func unwatch(_ stream: PumpedStream) {
        guard stream.isWatched else { return }
        poll.remove(stream.pipe.rawValue)
        stream.isWatched = false
    }
}

/// A pipe that the loop and the pump both hold.
///
/// Safe to share: after it was made it does not change; the loop only opens write ends of it, the pump only reads and
/// resizes it.
private struct SharedPipe: @unchecked Sendable {
    let pipe: OutputPipe
}
