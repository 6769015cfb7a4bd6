import LinuxSystem
import Shared

/// How long a command waits for the daemon.
struct Patience: Sendable {
    /// For the answer to one question.
    var question: Duration
    /// When the whole command gives up, in nanoseconds of the monotonic clock.
    var end: Int64 = .max
    /// When what it asked for must be reached; room for the daemon's answer follows.
    private var deadline: Int64 = .max

    /// The patience of commands that only read.
    static let reading = Patience(question: .seconds(10))
    /// The room for an answer behind the deadline that the daemon was given.
    static let room: Duration = .seconds(5)

    private init(question: Duration) {
        self.question = question
    }

    /// The patience of a command with `--timeout`, from now on.
    init(_ timeout: Duration) {
        question = min(timeout, Self.reading.question)
        deadline = Clocks.monotonicNanoseconds() + timeout.wholeNanoseconds
        end = deadline + Self.room.wholeNanoseconds
    }

    /// What is left of `--timeout`, as the daemon is told.
    var left: Duration {
        .nanoseconds(max(1_000_000, deadline - Clocks.monotonicNanoseconds()))
    }
}
