import Shared

/// What a daemon finds at its start: what should run, where everything was when the one before died, and what became of it.
public struct Restoration: Sendable {
    /// What should run.
    public var desired: DesiredState
    /// Where the processes were, by number; nothing after a boot or an ordered shutdown.
    public var processes: [Int: RestoredProcess]
    /// Whether ``desired`` is the newest that was written.
    ///
    /// When it is not, what runs and is not in it was not deleted: its definition is lost, and it runs on.
    public var isDesiredCurrent: Bool

    /// Makes a restoration.
    public init(
        _ desired: DesiredState,
        _ processes: [Int: RestoredProcess] = [:],
        isDesiredCurrent: Bool = true
    ) {
        self.desired = desired
        self.processes = processes
        self.isDesiredCurrent = isDesiredCurrent
    }
}

/// One process of an earlier daemon.
public struct RestoredProcess: Sendable {
    /// Where it was.
    public var checkpoint: ProcessCheckpoint
    /// What became of its run, where it had one.
    public var fate: RunFate
    /// Whether the signals of the stop that it is in were sent.
    public var isTold: Bool

    /// Makes an entry.
    public init(checkpoint: ProcessCheckpoint, fate: RunFate, isTold: Bool) {
        self.checkpoint = checkpoint
        self.fate = fate
        self.isTold = isTold
    }
}

/// What became of a run while no daemon was there.
public enum RunFate: Hashable, Sendable {
    /// Its main process lives, or ended and its status is still to come.
    case lives(pid: Int32)
    /// Its main process ended.
    case ended(ExitObservation)
    /// It was planned and never executed, or there was none.
    case neverExecuted
}
