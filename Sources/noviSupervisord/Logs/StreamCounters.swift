import Synchronization

/// What went through one stream since the daemon took it over; the pump counts, the loop reads.
final class StreamCounters: Sendable {
    /// The figures of one moment.
    struct Figures: Hashable {
        /// Bytes that were taken out of the pipe.
        var readBytes: Int64 = 0
        /// Bytes of the app that are in the file.
        var writtenBytes: Int64 = 0
        /// Lines that were thrown away because the log took nothing.
        var droppedLines: Int64 = 0
        /// The same in bytes.
        var droppedBytes: Int64 = 0
        /// How long output waited in its pipe because the log took nothing, in milliseconds.
        var blockedMilliseconds: Int64 = 0
        /// Whether it waits now.
        var isBlocked = false
    }

    private let read = Atomic<Int64>(0)
    private let written = Atomic<Int64>(0)
    private let droppedLines = Atomic<Int64>(0)
    private let droppedBytes = Atomic<Int64>(0)
    private let blockedNanoseconds = Atomic<Int64>(0)
    /// Since when the log takes nothing, in nanoseconds since boot; 0 while it does.
    private let blockedSince = Atomic<Int64>(0)

    /// Counts bytes that went to the file.
    func move(_ bytes: Int) {
        read.wrappingAdd(Int64(bytes), ordering: .relaxed)
        written.wrappingAdd(Int64(bytes), ordering: .relaxed)
    }

    /// Counts output that was thrown away.
    func drop(_ output: DroppedOutput) {
        read.wrappingAdd(output.bytes, ordering: .relaxed)
        droppedLines.wrappingAdd(output.lines, ordering: .relaxed)
        droppedBytes.wrappingAdd(output.bytes, ordering: .relaxed)
    }

    /// Counts the head of a line that was in the file and was cut off, since its rest is thrown away.
    func cut(_ bytes: Int64) {
        written.wrappingSubtract(bytes, ordering: .relaxed)
        droppedBytes.wrappingAdd(bytes, ordering: .relaxed)
    }

    /// Says that the log takes nothing from now on.
    func block(at now: Int64) {
        blockedSince.store(now, ordering: .relaxed)
    }

    /// Says that output does not wait any more.
    func unblock(at now: Int64) {
        let since = blockedSince.exchange(0, ordering: .relaxed)
        if since > 0 { blockedNanoseconds.wrappingAdd(max(0, now - since), ordering: .relaxed) }
    }

    /// The figures now.
    ///
    /// - Parameter now: Nanoseconds since boot.
    /// - Returns: Each figure for itself: bytes may move between two of them.
    func figures(at now: Int64) -> Figures {
        let since = blockedSince.load(ordering: .relaxed)
        let waiting = since > 0 ? max(0, now - since) : 0
        return Figures(
            readBytes: read.load(ordering: .relaxed),
            writtenBytes: written.load(ordering: .relaxed),
            droppedLines: droppedLines.load(ordering: .relaxed),
            droppedBytes: droppedBytes.load(ordering: .relaxed),
            blockedMilliseconds: (blockedNanoseconds.load(ordering: .relaxed) + waiting) / 1_000_000,
            isBlocked: since > 0
        )
    }
}
