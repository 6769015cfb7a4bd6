public import Shared

/// One line of the run journal (M14).
///
///     process ID JSON                       where the process is (``ProcessCheckpoint``); written before it is acted on
///     forget ID                             the process is forgotten
///     pid RUN PID START OUTPUT ERROR        what was executed for a run: start in clock ticks, pipes as DEVICE:INODE or -
///     told RUN POSITION KILLS               the signals of a stop up to there were sent
///     begin GENERATION                      what follows belongs to a desired state that is about to be written
///     done GENERATION                       that was tried, with whatever success
///
/// Words that a reader does not know are skipped.
public enum JournalLine: Hashable, Sendable {
    case process(ProcessCheckpoint)
    case forgotten(process: Int)
    case executed(ExecutedRun)
    case told(RunID, StopMark)
    case begin(generation: Int64)
    case done(generation: Int64)

    /// The line without its end.
    public var bytes: [UInt8] {
        switch self {
        case .process(let checkpoint):
            var output = Array("process \(checkpoint.id) ".utf8)
            checkpoint.json.write(into: &output)
            return output
        case .forgotten(let process): return Array("forget \(process)".utf8)
        case .executed(let run):
            let pipes = "\(run.output ?? "-") \(run.error ?? "-")"
            return Array("pid \(run.run) \(run.pid) \(run.startTicks) \(pipes)".utf8)
        case .told(let run, let mark): return Array("told \(run) \(mark.position) \(mark.kills)".utf8)
        case .begin(let generation): return Array("begin \(generation)".utf8)
        case .done(let generation): return Array("done \(generation)".utf8)
        }
    }

    /// Reads a line; `nil` for one that makes no sense to this program.
    public init?(_ bytes: some Collection<UInt8>) {
        let parts = bytes.split(separator: 0x20, maxSplits: 2)
        guard parts.count >= 2 else { return nil }
        let word = String(decoding: parts[0], as: UTF8.self)
        if word == "process" {
            guard parts.count == 3, let id = Int(String(decoding: parts[1], as: UTF8.self)),
                let json = try? JSONValue(parsing: Array(parts[2])),
                let checkpoint = ProcessCheckpoint(id: id, json: json)
            else { return nil }
            self = .process(checkpoint)
            return
        }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        switch (word, words.count) {
        case ("forget", 2):
            guard let id = Int(words[1]) else { return nil }
            self = .forgotten(process: id)
        case ("pid", 6):
            guard let run = RunID(words[1]), let pid = Int32(words[2]), pid > 1, let ticks = UInt64(words[3])
            else { return nil }
            func pipe(_ text: Substring) -> String? { text == "-" ? nil : String(text) }
            self = .executed(
                ExecutedRun(
                    run: run,
                    pid: pid,
                    startTicks: ticks,
                    output: pipe(words[4]),
                    error: pipe(words[5])
                )
            )
        case ("told", 4):
            guard let run = RunID(words[1]), let position = Int(words[2]), let kills = Int(words[3]) else {
                return nil
            }
            self = .told(run, StopMark(position: position, kills: kills))
        case ("begin", 2):
            guard let generation = Int64(words[1]) else { return nil }
            self = .begin(generation: generation)
        case ("done", 2):
            guard let generation = Int64(words[1]) else { return nil }
            self = .done(generation: generation)
        default: return nil
        }
    }
}

/// What was executed for a run: enough to know it again (M12).
public struct ExecutedRun: Hashable, Sendable {
    /// The run.
    public var run: RunID
    /// Its main process.
    public var pid: Int32
    /// When that was started, in clock ticks since boot; with the pid it names one process of this boot.
    public var startTicks: UInt64
    /// The pipe of its standard output, as the daemon writes it; `nil` without one.
    public var output: String?
    /// The pipe of its standard error.
    public var error: String?

    /// Makes an entry.
    public init(run: RunID, pid: Int32, startTicks: UInt64, output: String?, error: String?) {
        self.run = run
        self.pid = pid
        self.startTicks = startTicks
        self.output = output
        self.error = error
    }
}

/// What a run journal says as a whole.
public struct JournalContents: Sendable {
    /// The last checkpoint of each process, by number.
    public private(set) var processes: [Int: ProcessCheckpoint] = [:]
    /// What was executed, by run.
    public private(set) var executed: [RunID: ExecutedRun] = [:]
    private var told: [RunID: StopMark] = [:]

    /// Adds the lines up.
    ///
    /// A request changes the desired state and the checkpoints together. So the lines between `begin` and `done` count only
    /// when the desired state they belong to was written, or when writing it was tried and the daemon went on.
    ///
    /// - Parameters:
    ///   - lines: The lines in order.
    ///   - generation: The generation of the desired state that was found.
    public init(_ lines: some Sequence<JournalLine>, generation: Int64) {
        var held: [JournalLine] = []
        var heldGeneration: Int64?
        for line in lines {
            switch line {
            case .begin(let number):
                // A writer that died here left the former lines open; the next one began anew.
                if let earlier = heldGeneration, earlier <= generation { apply(held) }
                held = []
                heldGeneration = number
            case .done:
                apply(held)
                held = []
                heldGeneration = nil
            case .process, .forgotten, .executed, .told:
                if heldGeneration == nil {
                    apply([line])
                } else {
                    held.append(line)
                }
            }
        }
        if let heldGeneration, heldGeneration <= generation { apply(held) }
    }

    private mutating func apply(_ lines: [JournalLine]) {
        for line in lines {
            switch line {
            case .process(let checkpoint):
                if let before = processes[checkpoint.id]?.run?.id, before != checkpoint.run?.id {
                    executed[before] = nil
                    told[before] = nil
                }
                processes[checkpoint.id] = checkpoint
            case .forgotten(let process):
                if let run = processes.removeValue(forKey: process)?.run?.id {
                    executed[run] = nil
                    told[run] = nil
                }
            case .executed(let run): executed[run.run] = run
            case .told(let run, let mark): told[run] = mark
            case .begin, .done: break
            }
        }
    }

    /// Whether the signals of the stop that a checkpoint is in were sent.
    public func isTold(_ checkpoint: ProcessCheckpoint) -> Bool {
        switch checkpoint.state {
        case .stopping(let run, let sequence, _, _), .ending(let run, let sequence, _, _):
            told[run.id] == sequence.mark
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: false
        }
    }
}
