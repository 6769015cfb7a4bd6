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
        while total < limit {
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

/// One stream on its way to its destination.
private final class PumpedStream {
    enum Step {
        case moved(Int)
        case empty
        case failed(String)
    }

    let id: StreamID
    let pipe: OutputPipe
    var isWatched = false
    private let destination: LogPump.Destination
    private let capacityLimit: Int
    private var capacity: Int
    private var file: PrimaryLogFile?
    private var lines: PrefixedLines?

    /// The size to which a busy pipe grows (M6).
    static let maximumCapacity = 1 << 20

    init(id: StreamID, pipe: OutputPipe, destination: LogPump.Destination, capacityLimit: Int) {
        self.id = id
        self.pipe = pipe
        self.destination = destination
        self.capacityLimit = capacityLimit
        capacity = pipe.capacity ?? 65_536
        if case .terminal(let descriptor, let prefix) = destination {
            lines = PrefixedLines(descriptor: descriptor, prefix: prefix)
        }
    }

    /// Moves one batch.
    func move() -> Step {
        switch destination {
        case .terminal:
            guard let lines else { return .empty }
            let count = lines.copy(from: pipe)
            return count > 0 ? .moved(count) : .empty
        case .file(let path): return move(toFileAt: path)
        }
    }

    private func move(toFileAt path: String) -> Step {
        if file == nil {
            do throws(SystemError) {
                file = try PrimaryLogFile(path)
            } catch {
                return pipe.bytesAvailable == 0 ? .empty : .failed("\(error)")
            }
        }
        guard let file else { return .empty }
        do throws(SystemError) {
            _ = try file.checkIdentity()
            switch file.move(from: pipe, upTo: Self.maximumCapacity) {
            case .moved(let count):
                growIfBusy(count)
                return .moved(count)
            case .empty: return .empty
            case .full(let number):
                let error = SystemError("write log file", number, path)
                return .failed("\(error)")
            case .unsupported: return .failed("log file \(path) takes no bytes from a pipe")
            }
        } catch {
            return .failed("\(error)")
        }
    }

    /// A pipe that was found half full grows, up to what the budget allows.
    private func growIfBusy(_ count: Int) {
        guard count * 2 >= capacity, capacity < capacityLimit else { return }
        let wanted = min(capacity * 4, capacityLimit)
        capacity = (try? pipe.setCapacity(wanted)) ?? capacityLimit
    }

    func reopen() {
        file = nil
    }

    /// Writes a last line that has no end, where lines are assembled.
    func finish() {
        lines?.finish()
    }
}

/// The daemon's own log file: whole lines, appended.
private final class JournalFile {
    private let path: String
    private var file: AppendOnlyFile?

    init(path: String) {
        self.path = path
    }

    func append(_ bytes: [UInt8]) {
        if file == nil {
            file = try? AppendOnlyFile(path, mode: 0o640)
        }
        // The same events are on the control socket and in the journal; a failing disk loses the copy only.
        if (try? file?.append(bytes)) == nil {
            file = nil
        }
    }

    func reopen() {
        file = nil
    }
}

/// Copies a stream line by line behind a prefix, for container mode.
private final class PrefixedLines {
    private let descriptor: Int32
    private let prefix: [UInt8]
    private var pending: [UInt8] = []

    /// The longest line that waits for its end; a longer one is written in parts.
    private static let maximumPending = 65_536

    init(descriptor: Int32, prefix: String) {
        self.descriptor = descriptor
        self.prefix = Array(prefix.utf8)
    }

    func copy(from pipe: OutputPipe) -> Int {
        guard let chunk = try? pipe.read(upTo: 65_536), !chunk.isEmpty else { return 0 }
        let count = chunk.count
        var output: [UInt8] = []
        output.reserveCapacity(count + count / 8)
        for byte in chunk {
            pending.append(byte)
            if byte == 0x0A || pending.count >= Self.maximumPending {
                output += prefix + pending
                if byte != 0x0A {
                    output.append(0x0A)
                }
                pending.removeAll(keepingCapacity: true)
            }
        }
        StandardDescriptors.writeAll(output, to: descriptor)
        return count
    }

    func finish() {
        guard !pending.isEmpty else { return }
        StandardDescriptors.writeAll(prefix + pending + [0x0A], to: descriptor)
        pending = []
    }
}

/// A pipe that the loop and the pump both hold.
///
/// Safe to share: after it was made it does not change; the loop only opens write ends of it, the pump only reads and
/// resizes it.
private struct SharedPipe: @unchecked Sendable {
    let pipe: OutputPipe
}
