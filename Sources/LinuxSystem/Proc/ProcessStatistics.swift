import Glibc

/// The figures of one process at one moment (proc(5), stat).
public struct ProcessStatistics: Hashable, Sendable {
    /// What a process is doing.
    public enum State: UInt8, Hashable, Sendable {
        /// On a processor or ready for one.
        case running = 82
        /// Waiting, and a signal would wake it.
        case sleeping = 83
        /// Waiting, usually for a disk; signals have to wait, too.
        case uninterruptible = 68
        /// Stopped by a signal.
        case stopped = 84
        /// Stopped by a debugger.
        case traced = 116
        /// Ended and not yet reaped.
        case zombie = 90
        /// Being removed.
        case dead = 88
        /// A kernel thread that rests.
        case idle = 73
        /// A letter that this program does not know.
        case unknown = 0
    }

    /// The process.
    public let processID: Int32
    /// What it is doing.
    public let state: State
    /// Its parent.
    public let parentProcessID: Int32
    /// Its process group.
    public let processGroup: Int32
    /// Its session.
    public let session: Int32
    /// Processor time, user and kernel, in clock ticks (``ticksPerSecond``).
    public let processorTicks: UInt64
    /// Its threads.
    public let threads: Int
    /// When it started, in clock ticks since boot; with the pid its identity (M12).
    public let startTicks: UInt64
    /// Its resident memory in bytes, shared pages counted whole.
    public let residentBytes: Int64
    /// Whether its end has begun: it is a zombie, its main thread is on its way out, or SIGKILL waits for it.
    ///
    /// Until the last thread is gone it may still hold files and locks.
    public let isEnding: Bool

    /// Clock ticks per second, by which the kernel counts here.
    public static let ticksPerSecond = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    /// PF_EXITING of the field `flags`.
    private static let exitingFlag: Int64 = 0x4
    /// SIGKILL in the field `signal`.
    private static let killBit: Int64 = 1 << (9 - 1)
    private static let pageBytes = Int64(max(1, sysconf(Int32(_SC_PAGESIZE))))

    /// Processor time in nanoseconds.
    public var processorNanoseconds: Int64 {
        Int64(clamping: processorTicks) &* (1_000_000_000 / Self.ticksPerSecond)
    }

    /// Reads the one line of stat; `nil` when it is not one.
    ///
    /// The name is in brackets and may hold brackets, spaces and line feeds itself: the fields start behind the last one.
    init?(text: UnsafeRawBufferPointer, processID: Int32) {
        guard let bracket = text.lastIndex(of: UInt8(ascii: ")")), bracket + 2 < text.count else {
            return nil
        }
        state = State(rawValue: text[bracket + 2]) ?? .unknown
        var fields = DecimalFields(UnsafeRawBufferPointer(rebasing: text[(bracket + 3)...]))
        var values: [Int64] = []
        values.reserveCapacity(28)
        // Fields 4 (ppid) to 24 (rss), and up to 31 (signal) where they are.
        while values.count < 28, let value = fields.next() { values.append(value) }
        guard values.count >= 21 else { return nil }
        guard let parent = Int32(exactly: values[0]), let group = Int32(exactly: values[1]),
            let session = Int32(exactly: values[2])
        else { return nil }
        self.processID = processID
        parentProcessID = parent
        processGroup = group
        self.session = session
        processorTicks = UInt64(clamping: values[10]) &+ UInt64(clamping: values[11])
        threads = Int(clamping: values[16])
        startTicks = UInt64(clamping: values[18])
        isEnding =
            state == .zombie || state == .dead || values[5] & Self.exitingFlag != 0
            || values.count == 28 && values[27] & Self.killBit != 0
        residentBytes = values[20].multipliedReportingOverflow(by: Self.pageBytes).partialValue
    }
}

/// Decimal numbers with anything that is not a digit or a minus sign between them.
struct DecimalFields {
    private let text: UnsafeRawBufferPointer
    private var index = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// The next number; `nil` at the end.
    ///
    /// Numbers above 2⁶³ - 1 become that.
    mutating func next() -> Int64? {
        while index < text.count, !Self.isDigit(text[index]) { index += 1 }
        guard index < text.count else { return nil }
        let isNegative = index > 0 && text[index - 1] == UInt8(ascii: "-")
        var value: Int64 = 0
        while index < text.count, Self.isDigit(text[index]) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.addingReportingOverflow(Int64(text[index] - 48))
            value = overflow || sumOverflow ? .max : sum
            index += 1
        }
        return isNegative ? -value : value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

extension UnsafeRawBufferPointer {
    /// The number of kB after a key, in bytes.
    func kilobytes(after key: StaticString) -> Int64? {
        let start = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        guard let base = baseAddress, let keyBase = start.baseAddress, start.count <= count else {
            return nil
        }
        var index = 0
        while index + start.count <= count {
            if memcmp(base + index, keyBase, start.count) == 0 {
                var fields = DecimalFields(UnsafeRawBufferPointer(rebasing: self[(index + start.count)...]))
                return fields.next().map { $0.multipliedReportingOverflow(by: 1024).partialValue }
            }
            index += 1
        }
        return nil
    }
}
