import Glibc
import LinuxSystem
import LogFiles
import SupervisorCore

/// The thread of ``LogPump``; its state is never seen from outside.
final class PumpThread {
    private let pump: LogPump
    private let poll: EventPoll
    private let surroundings: RotatingLog.Surroundings
    private var streams: [StreamID: PumpedStream] = [:]
    private var journal: JournalFile?
    private var stops = false
    /// Streams whose destination fails; tried again from time to time.
    private var troubled: Set<StreamID> = []
    private var nextRetry: Int64 = .max
    /// When files have to be looked at because a period may have ended, in nanoseconds since 1970.
    private var nextPeriodLook: Int64 = .max

    /// When the room of the disks is to be looked at, in nanoseconds since boot; only while something is written.
    private var nextRoomLook: Int64 = .max

    private static let commandToken: UInt64 = .max
    /// Bytes moved for one stream before the others have their turn.
    private static let turnBytes = 4 << 20
    /// Two batches within this time make a stream busy; an idle or interactive one is copied at once.
    private static let busyNanoseconds: Int64 = 4_000_000
    /// How often a failing destination is tried again.
    private static let retryNanoseconds: Int64 = 500_000_000
    /// How long after bytes were written the room of the disks is looked at.
    private static let roomLookNanoseconds: Int64 = 60_000_000_000

    init?(pump: LogPump, journalPath: String?, bootID: String?) {
        self.pump = pump
        guard let poll = try? EventPoll() else { return nil }
        self.poll = poll
        surroundings = RotatingLog.Surroundings(bootID: bootID)
        journal = journalPath.map { JournalFile(path: $0) }
        guard (try? poll.add(pump.commandDescriptor, .readable, token: Self.commandToken)) != nil else {
            return nil
        }
    }

    func run() {
        var occurred: [EventPoll.Event] = []
        while !stops {
            try? poll.wait(timeoutMilliseconds: millisecondsToNextWork(), into: &occurred)
            let now = Moment()
            if !troubled.isEmpty, now.boot >= nextRetry { retryTroubled(now) }
            if now.wall >= nextPeriodLook { lookAtPeriods(now) }
            if now.boot >= nextRoomLook {
                nextRoomLook = .max
                pump.tell(.roomDue)
            }
            var isBusy = false
            var isFull = false
            var isFilling = false
            for event in occurred {
                if event.token == Self.commandToken {
                    obey()
                } else if let stream = streams[StreamID(rawValue: event.token)] {
                    let isClose = now.boot - stream.lastBatch < Self.busyNanoseconds
                    serve(stream, now)
                    isBusy = isBusy || isClose
                    isFull = isFull || stream.wasNearlyFull
                    isFilling = isFilling || stream.wasQuarterFull
                }
            }
            // A writer of single lines would wake us for each of them: the next batch should be worth it, half as long when a
            // pipe was found more than a quarter full. One that fills its pipe must not wait for us.
            if isBusy, !isFull { coalesce(milliseconds: isFilling ? 1 : 2) }
        }
    }

    /// Lets output gather for a while; commands are not kept waiting.
    private func coalesce(milliseconds: Int32) {
        var commands = pollfd(fd: pump.commandDescriptor, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&commands, 1, milliseconds)
    }

    private func millisecondsToNextWork() -> Int32? {
        var wait = Int64.max
        if !troubled.isEmpty { wait = nextRetry - Clocks.monotonicNanoseconds() }
        if nextPeriodLook != .max { wait = min(wait, nextPeriodLook - Clocks.realtimeNanoseconds()) }
        if nextRoomLook != .max { wait = min(wait, nextRoomLook - Clocks.monotonicNanoseconds()) }
        guard wait != .max else { return nil }
        return Int32(clamping: max(0, (wait + 999_999) / 1_000_000))
    }

    // MARK: - Commands

    private func obey() {
        for command in pump.takeCommands() {
            switch command {
            case .attach(let id, let shared, let destination, let counters, let limit, let isFresh):
                let stream = PumpedStream(
                    id: id,
                    pipe: shared.pipe,
                    destination: destination,
                    counters: counters,
                    capacityLimit: limit,
                    surroundings
                )
                streams[id] = stream
                // A last line without an end is of a run before, as after a loss of power (F48).
                if isFresh { endRun(stream) }
                watch(stream)
            case .drain(let id, let ticket):
                if let stream = streams[id] {
                    drain(stream)
                    // The run has ended: its last line is whole.
                    if stream.pipe.bytesAvailable == 0 { stream.finish() }
                }
                pump.tell(.drained(id, ticket))
            case .endRun(let id, let run):
                if let stream = streams[id] {
                    drain(stream)
                    if stream.pipe.bytesAvailable == 0 { endRun(stream) }
                }
                pump.tell(.runEnded(id, run))
            case .detach(let id): detach(id)
            case .reopen:
                for stream in streams.values {
                    stream.reopen()
                }
                journal?.reopen()
            case .rotate(let ids, let ticket):
                change(ids, ticket) { stream, wall throws(SystemError) in
                    drain(stream)
                    // Raw output is nobody's to read: what is derived of it is rotated.
                    guard stream.log?.log.isRaw != true else { return nil }
                    return try stream.log?.rotateNow(wall: wall)
                }
            case .empty(let ids, let ticket):
                change(ids, ticket) { stream, wall throws(SystemError) in
                    drain(stream)
                    guard let log = stream.log else { return nil }
                    if log.log.isRaw {
                        // It goes as soon as all of it is derived; what is derived is emptied after that.
                        if try log.rotateNow(wall: wall) != nil { _ = log.end(wall: wall) }
                        return nil
                    }
                    try log.empty(wall: wall)
                    return log.log.path
                }
            case .write(let bytes): journal?.append(bytes)
            case .stop:
                for stream in streams.values { stream.finish() }
                stops = true
            }
        }
    }

    private func detach(_ id: StreamID) {
        if let stream = streams.removeValue(forKey: id) {
            drain(stream)
            stream.finish()
            if stream.isWatched {
                poll.remove(stream.pipe.rawValue)
            }
        }
        troubled.remove(id)
        pump.tell(.detached(id))
    }

    private func change(
        _ ids: [StreamID],
        _ ticket: UInt64,
        _ action: (PumpedStream, Int64) throws(SystemError) -> String?
    ) {
        var paths: [String] = []
        var failures: [String] = []
        for stream in ids.compactMap({ streams[$0] }) {
            do throws(SystemError) {
                if let path = try action(stream, Clocks.realtimeNanoseconds()) { paths.append(path) }
            } catch {
                failures.append("\(error)")
            }
            report(stream)
        }
        pump.tell(.changed(ticket: ticket, paths: paths, failures: failures))
    }

    // MARK: - Moving

    /// Moves all that is in the pipe now, however much it is: at most its capacity and what is written meanwhile.
    private func drain(_ stream: PumpedStream) {
        var turns = 0
        while turns < 64, stream.trouble == nil, stream.pipe.bytesAvailable > 0 {
            serve(stream, Moment())
            turns += 1
        }
    }

    /// Tells the deriver where a run ended; all that it wrote is in the file, and nothing else.
    private func endRun(_ stream: PumpedStream) {
        guard stream.trouble == nil, let log = stream.log,
            let place = log.end(wall: Clocks.realtimeNanoseconds())
        else { return }
        pump.deriver.endRun(of: log.log.path, at: place)
    }

    private func serve(_ stream: PumpedStream, _ now: Moment) {
        guard stream.trouble?.isDropping != true else {
            stream.discard(now)
            return
        }
        var total = 0
        while total < Self.turnBytes {
            switch stream.move(now) {
            case .moved(let count):
                total += count
                report(stream)
                if let log = stream.log {
                    pump.deriver.wake(log.log.path)
                    // The disk of an idle daemon is nobody's business, and no reason to wake up.
                    if nextRoomLook == .max, log.policy.keepFreePercent > 0 {
                        nextRoomLook = now.boot + Self.roomLookNanoseconds
                    }
                }
                // What comes in small batches is worth waiting for; see run().
                guard stream.wasNearlyFull else { return }
            case .empty:
                stream.wasNearlyFull = false
                return
            case .failed(let error):
                report(stream)
                stream.wasNearlyFull = false
                if stream.trouble == nil {
                    stream.begin(OutputTrouble(error: error, since: now))
                    pump.tell(.trouble(stream.id, message: "\(error)"))
                    troubled.insert(stream.id)
                    if troubled.count == 1 { nextRetry = now.boot }
                }
                // Not watched while it fails: level-triggered readiness would spin.
                unwatch(stream)
                return
            }
        }
    }

    private func report(_ stream: PumpedStream) {
        guard let log = stream.log else { return }
        for occurrence in log.takeOccurrences() {
            pump.tell(.log(stream.id, occurrence))
        }
        nextPeriodLook = min(nextPeriodLook, log.nextPeriodLook)
    }

    private func retryTroubled(_ now: Moment) {
        nextRetry = now.boot + Self.retryNanoseconds
        for stream in troubled.compactMap({ streams[$0] }) {
            switch stream.retry(now) {
            case .recovered(let dropped, let wait):
                troubled.remove(stream.id)
                pump.tell(.recovered(stream.id, dropped, blockedNanoseconds: wait))
                report(stream)
                watch(stream)
            case .beganDropping:
                pump.tell(.dropping(stream.id))
                watch(stream)
            case .still: break
            }
        }
    }

    private func lookAtPeriods(_ now: Moment) {
        nextPeriodLook = .max
        for stream in streams.values {
            guard let log = stream.log, let next = log.rotateIfPeriodEnded(wall: now.wall) else { continue }
            nextPeriodLook = min(nextPeriodLook, next)
            report(stream)
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

/// One moment on both clocks.
struct Moment {
    /// Nanoseconds since 1970.
    let wall: Int64
    /// Nanoseconds since boot.
    let boot: Int64

    /// The present moment.
    init() {
        wall = Clocks.realtimeNanoseconds()
        boot = Clocks.monotonicNanoseconds()
    }
}
