public import Shared

/// Judges the memory of one run, sample by sample (M30).
///
///     above soft                       ask for a clean-up, at most once in 5 min, and begin to count anew
///     above hard, three samples running, measured after a clean-up where one was asked for     restart
public struct MemoryWatch: Hashable, Sendable {
    /// What a sample leads to.
    public enum Verdict: Hashable, Sendable {
        /// Nothing.
        case fine
        /// Ask for a clean-up.
        case cleanUp(measured: ByteCount, limit: ByteCount)
        /// Restart gracefully.
        case restart(MemoryVerdict)
    }

    private var lastCleanup: MonotonicInstant?
    private var samplesAboveHard = 0
    private var samplesAboveTree = 0
    /// The last samples of the tree, oldest first, at most ``curveLength``: the memory curve of `describe`.
    public private(set) var curve: [ByteCount] = []
    /// What was above a limit when no restart was left in the hour; `nil` once nothing is above a limit any more.
    public var exhausted: MemoryVerdict?

    /// The most samples kept: ten minutes at one in 5 s.
    public static let curveLength = 120

    /// Makes a watch without samples.
    public init() {}

    /// Takes a sample into account.
    ///
    /// - Parameters:
    ///   - sample: The memory of the tree.
    ///   - heap: The heap that the run reports; `nil` when it reports none.
    ///   - policy: The limits.
    ///   - now: The time of the sample.
    /// - Returns: What to do.
    public mutating func judge(
        _ sample: MemorySample,
        heap: ByteCount?,
        policy: MemoryPolicy,
        at now: MonotonicInstant
    ) -> Verdict {
        curve.append(sample.tree)
        if curve.count > Self.curveLength {
            curve.removeFirst()
        }
        let exceedsTree = policy.treeLimit.map { sample.tree > $0 } ?? false
        samplesAboveTree = exceedsTree ? samplesAboveTree + 1 : 0
        let judged = heap ?? sample.tree
        if let soft = policy.soft, judged > soft, mayCleanUp(at: now) {
            lastCleanup = now
            samplesAboveHard = 0
            return .cleanUp(measured: judged, limit: soft)
        }
        if let hard = policy.hard, judged > hard {
            samplesAboveHard += 1
            if samplesAboveHard >= MemoryPolicy.samplesInARow {
                let subject: MemoryVerdict.Subject = heap == nil ? .tree : .heap
                return .restart(MemoryVerdict(subject: subject, measured: judged, limit: hard))
            }
        } else {
            samplesAboveHard = 0
        }
        if let limit = policy.treeLimit, samplesAboveTree >= MemoryPolicy.samplesInARow {
            return .restart(MemoryVerdict(subject: .tree, measured: sample.tree, limit: limit))
        }
        if samplesAboveHard == 0, samplesAboveTree == 0 { exhausted = nil }
        return .fine
    }

    private func mayCleanUp(at now: MonotonicInstant) -> Bool {
        guard let lastCleanup else { return true }
        return now - lastCleanup >= MemoryPolicy.cleanupInterval
    }
}
