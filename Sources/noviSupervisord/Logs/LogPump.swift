import LinuxSystem
import LogFiles
import Shared
import SupervisorCore
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
        case file(LogPath, LogPolicy)
        /// The daemon's own standard output or error, line by line behind the app's name (container mode).
        case terminal(descriptor: Int32, prefix: String)
    }

    /// What the pump tells the loop.
    enum Occurrence: Sendable {
        /// All that the stream held at the time of the request is written.
        case drained(StreamID, UInt64)
        /// The same of a run that has ended; where it ended is noted for those who derive.
        case runEnded(StreamID, RunID)
        /// The stream is let go; its pipe may be closed.
        case detached(StreamID)
        /// A destination fails.
        case trouble(StreamID, message: String)
        /// It works again; what was dropped meanwhile is marked in the file.
        case recovered(StreamID, DroppedOutput, blockedNanoseconds: Int64)
        /// Whole lines are dropped from now on, so that the app does not wait.
        case dropping(StreamID)
        /// Something happened to the file.
        case log(StreamID, RotatingLog.Occurrence)
        /// Bytes were written since the room of the disks was looked at, a while ago.
        case roomDue
        /// Files were put aside, or emptied, on command.
        case changed(ticket: UInt64, paths: [String], failures: [String])
    }

    /// What the loop tells the pump.
    enum Command: Sendable {
        case attach(StreamID, SharedPipe, Destination, StreamCounters, capacityLimit: Int, isFresh: Bool)
        case drain(StreamID, UInt64)
        case endRun(StreamID, RunID)
        case detach(StreamID)
        case reopen
        case rotate([StreamID], ticket: UInt64)
        case empty([StreamID], ticket: UInt64)
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
    /// Hears of every primary log that grew.
    let deriver: DeriverThread
    /// Readable when there are occurrences.
    let hasOccurrences: WakeupDescriptor

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - journalPath: The daemon's own log, which ``write(_:)`` appends to.
    ///   - bootID: The present boot, for time indexes.
    ///   - deriver: Hears of every log that grew.
    /// - Throws: `SystemError` when its descriptors cannot be made.
    init(journalPath: String?, bootID: String?, deriver: DeriverThread) throws(SystemError) {
        self.deriver = deriver
        hasCommands = try WakeupDescriptor()
        hasOccurrences = try WakeupDescriptor()
        thread.start { [self] in
            CurrentProcess.setName("novi-logs")
            PumpThread(pump: self, journalPath: journalPath, bootID: bootID)?.run()
        }
    }

    /// Takes a pipe over; the caller keeps it open until ``Occurrence/detached(_:)``.
    func attach(
        _ stream: StreamID,
        pipe: OutputPipe,
        to destination: Destination,
        _ counters: StreamCounters,
        capacityLimit: Int,
        isFresh: Bool
    ) {
        let shared = SharedPipe(pipe: pipe)
        send(.attach(stream, shared, destination, counters, capacityLimit: capacityLimit, isFresh: isFresh))
    }

    /// Asks for ``Occurrence/drained(_:_:)`` once all that is in the pipe now has been written.
    func drain(_ stream: StreamID, _ ticket: UInt64) {
        send(.drain(stream, ticket))
    }

    /// Asks for ``Occurrence/runEnded(_:_:)`` once all that a run has left in the pipe has been written.
    ///
    /// Its successor must not write before that: the end of a last line without a line feed would be lost (M9).
    func endRun(_ stream: StreamID, _ run: RunID) {
        send(.endRun(stream, run))
    }

    /// Writes what is left and lets the pipe go.
    func detach(_ stream: StreamID) {
        send(.detach(stream))
    }

    /// Opens all files anew, for those who keep logrotate (SIGUSR2).
    func reopen() {
        send(.reopen)
    }

    /// Puts the files of streams aside; answered by ``Occurrence/changed(ticket:paths:failures:)``.
    func rotate(_ streams: [StreamID], _ ticket: UInt64) {
        send(.rotate(streams, ticket: ticket))
    }

    /// Throws away what the files of streams hold; answered by ``Occurrence/changed(ticket:paths:failures:)``.
    func empty(_ streams: [StreamID], _ ticket: UInt64) {
        send(.empty(streams, ticket: ticket))
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

    func takeCommands() -> [Command] {
        hasCommands.clear()
        return mailbox.withLock { box in
            defer { box.commands = [] }
            return box.commands
        }
    }

    func tell(_ occurrence: Occurrence) {
        let isFirst = mailbox.withLock { box in
            box.occurrences.append(occurrence)
            return box.occurrences.count == 1
        }
        if isFirst {
            hasOccurrences.wake()
        }
    }

    var commandDescriptor: Int32 { hasCommands.rawValue }
}

/// A pipe that the loop and the pump both hold.
///
/// Safe to share: after it was made it does not change; the loop only opens write ends of it, the pump only reads and
/// resizes it.
struct SharedPipe: @unchecked Sendable {
    let pipe: OutputPipe
}
