import LinuxSystem
import LogFiles
import SupervisorCore

/// One stream on its way to its destination.
final class PumpedStream {
    /// What a further try at a failing destination came to.
    enum Retry {
        case still
        case beganDropping
        /// With what was dropped and for how long it took nothing, in nanoseconds.
        case recovered(DroppedOutput, Int64)
    }

    let id: StreamID
    let pipe: OutputPipe
    /// The file; `nil` for a terminal.
    let log: RotatingLog?
    var isWatched = false
    /// Whether the destination takes nothing now.
    private(set) var trouble: OutputTrouble?
    /// When the last batch was moved, in nanoseconds since boot.
    private(set) var lastBatch: Int64 = 0
    /// Whether the last batch nearly filled the pipe, so that the writer may have waited.
    var wasNearlyFull = false
    private let counters: StreamCounters
    /// Whether the last batch filled a quarter of the pipe.
    private(set) var wasQuarterFull = false
    private let capacityLimit: Int
    private var capacity: Int
    private var lines: PrefixedLines?

    /// The size to which a busy pipe grows (M6), and the most that is moved at once.
    static let maximumCapacity = 1 << 20

    init(
        id: StreamID,
        pipe: OutputPipe,
        destination: LogPump.Destination,
        counters: StreamCounters,
        capacityLimit: Int,
        _ surroundings: RotatingLog.Surroundings
    ) {
        self.id = id
        self.pipe = pipe
        self.counters = counters
        self.capacityLimit = capacityLimit
        capacity = pipe.capacity ?? 65_536
        switch destination {
        case .terminal(let descriptor, let prefix):
            log = nil
            lines = PrefixedLines(descriptor: descriptor, prefix: prefix)
        case .file(let path, let policy): log = RotatingLog(path, policy: policy, surroundings)
        }
    }

    /// Moves one batch.
    func move(_ now: Moment) -> RotatingLog.Step {
        guard let log else {
            let count = lines?.copy(from: pipe) ?? 0
            wasNearlyFull = false
            counters.move(count)
            return count > 0 ? .moved(count) : .empty
        }
        let step = log.move(from: pipe, upTo: Self.maximumCapacity, wall: now.wall, boot: now.boot)
        switch step {
        case .moved(let count):
            counters.move(count)
            lastBatch = now.boot
            wasNearlyFull = count * 4 >= capacity * 3
            wasQuarterFull = count * 4 >= capacity
            growIfBusy(count)
            return step
        case .empty: return step
        // A path that cannot be opened is no trouble while nobody writes.
        case .failed: return pipe.bytesAvailable == 0 ? .empty : step
        }
    }

    /// A pipe that was found half full grows, up to what the budget allows.
    private func growIfBusy(_ count: Int) {
        guard count * 2 >= capacity, capacity < capacityLimit else { return }
        let wanted = min(capacity * 4, capacityLimit)
        capacity = (try? pipe.setCapacity(wanted)) ?? capacityLimit
    }

    func reopen() {
        log?.reopen()
    }

    /// Writes a last line that has no end, where lines are assembled.
    func finish() {
        lines?.finish()
    }

    // MARK: - A destination that takes nothing

    /// Notes that the destination takes nothing from now on.
    func begin(_ trouble: OutputTrouble) {
        self.trouble = trouble
        counters.block(at: trouble.since.boot)
    }

    /// Tries once more, begins to drop when the app has waited long enough, or ends the gap with a line that tells of it.
    func retry(_ now: Moment) -> Retry {
        guard var trouble, let log else { return .still }
        guard trouble.isDropping else {
            if case .failed = move(now) {
                guard trouble.isOverdue(log.policy.onFull, now) else { return .still }
                trouble.isDropping = true
                // A line that is half in the file goes as a whole.
                let torn = log.cutTornLine()
                trouble.dropped.bytes += torn
                counters.cut(torn)
                counters.unblock(at: now.boot)
                trouble.isInsideLine = torn > 0
                self.trouble = trouble
                return .beganDropping
            }
            self.trouble = nil
            counters.unblock(at: now.boot)
            return .recovered(DroppedOutput(), now.boot - trouble.since.boot)
        }
        finishDroppedLine(&trouble)
        self.trouble = trouble
        guard !trouble.isInsideLine else { return .still }
        let marker = trouble.marker(now)
        guard (try? log.append(line: marker, wall: now.wall, boot: now.boot)) != nil else { return .still }
        self.trouble = nil
        return .recovered(trouble.dropped, now.boot - trouble.since.boot)
    }

    /// Throws away what is in the pipe, counted.
    func discard(_ now: Moment) {
        guard var trouble else { return }
        var total = 0
        while total < Self.maximumCapacity, let bytes = try? pipe.read(upTo: 65_536), !bytes.isEmpty {
            counters.drop(trouble.drop(bytes))
            total += bytes.count
        }
        self.trouble = trouble
    }

    /// Drops the rest of the line whose head was dropped, and nothing behind it.
    private func finishDroppedLine(_ trouble: inout OutputTrouble) {
        while trouble.isInsideLine {
            guard let ahead = log?.lookAhead(into: pipe), !ahead.isEmpty else { return }
            let count = ahead.firstIndex(of: 0x0A).map { $0 + 1 } ?? ahead.count
            guard let bytes = try? pipe.read(upTo: count), !bytes.isEmpty else { return }
            counters.drop(trouble.drop(bytes))
        }
    }
}

/// Copies a stream line by line behind a prefix, for container mode.
final class PrefixedLines {
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
