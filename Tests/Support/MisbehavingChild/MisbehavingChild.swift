import Glibc
import LinuxSystem

/// A child that ignores signals, floods, forks, leaks and dies on cue; its arguments say what.
///
/// With `NOVI_TEST_STARTED` in the environment it first appends `PID NANOSECONDS` to that file, so that a test can count
/// and time starts.
@main
struct MisbehavingChild {
    static func main() {
        recordStart()
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let verb = arguments.first, run(verb, Arguments(arguments.dropFirst())) else {
            Output.error("unknown verb; see MisbehavingChild.swift\n")
            exit(64)
        }
    }

    /// Does what a verb says; returns `false` for one that does not exist.
    private static func run(_ verb: String, _ arguments: Arguments) -> Bool {
        switch verb {
        case "sleep": Waiting.milliseconds(arguments.integer(0, or: 3600) * 1000)
        case "exit": Endings.exit(code: arguments.integer(0), afterMilliseconds: arguments.integer(1))
        case "crash": Endings.crash(signal: arguments.integer(0), afterMilliseconds: arguments.integer(1))
        case "lose-main": Endings.loseMainThread(forMilliseconds: arguments.integer(0))
        case "last-words": Endings.lastWords(bytes: arguments.integer(0))
        case "ignore-term": Signals.ignoreTermination(writes: arguments.text(0) == "write")
        case "term-exit": Signals.exitOnTermination(arguments.integer(0), arguments.integer(1))
        case "flood":
            Flood.write(
                bytes: arguments.integer(0),
                lineLength: arguments.integer(1, or: 100),
                pauseMilliseconds: arguments.integer(2)
            )
        case "tick": Flood.tick(milliseconds: arguments.integer(0, or: 1))
        case "grow": Growth.run(arguments.integer(0), arguments.integer(1), arguments.integer(2))
        case "fork-orphan": Forks.orphan(newSession: arguments.text(0) == "setsid")
        case "fork-tree": Forks.tree(depth: arguments.integer(0))
        case "close-stdout": Endings.closeOutput()
        case "ready": Reports.ready(afterMilliseconds: arguments.integer(0))
        case "never-ready": Waiting.forever()
        case "notify": Reports.send(arguments.all)
        case "watchdog-then-hang": Reports.watchdogThenHang()
        case "listen-echo": Echo.serve()
        case "dump-state": StateDump.write()
        default: return false
        }
        return true
    }

    private static func recordStart() {
        guard let path = CurrentProcess.environmentValue("NOVI_TEST_STARTED") else { return }
        let fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard fd >= 0 else { return }
        // One write: starts of several children do not mix.
        Output.write("\(getpid()) \(Clocks.monotonicNanoseconds())\n", to: fd)
        close(fd)
    }
}

/// What follows the verb.
struct Arguments {
    /// All of it.
    let all: [String]

    init(_ arguments: ArraySlice<String>) {
        all = Array(arguments)
    }

    /// The argument at a place; `nil` when there is none.
    func text(_ index: Int) -> String? {
        all.indices.contains(index) ? all[index] : nil
    }

    /// The number at a place, or what holds without one.
    func integer(_ index: Int, or fallback: Int = 0) -> Int {
        text(index).flatMap { Int($0) } ?? fallback
    }
}

/// Standard output and error, unbuffered.
enum Output {
    /// Writes all of a text.
    static func write(_ text: String, to fd: Int32 = 1) {
        write(Array(text.utf8), to: fd)
    }

    /// Writes all bytes; gives up when nobody reads.
    static func write(_ bytes: [UInt8], to fd: Int32 = 1) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                usleep(1000)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Writes to standard error.
    static func error(_ text: String) {
        write(text, to: 2)
    }
}

/// Waits; the time is the behaviour here.
enum Waiting {
    /// Waits for a time.
    static func milliseconds(_ count: Int) {
        let end = Clocks.monotonicNanoseconds() &+ Int64(max(0, count)) &* 1_000_000
        while true {
            let rest = end - Clocks.monotonicNanoseconds()
            guard rest > 0 else { return }
            usleep(UInt32(min(rest / 1000 + 1, 500_000)))
        }
    }

    /// Waits for ten minutes: for ever to a test, and not for ever to the machine when the test died.
    static func forever() {
        milliseconds(600_000)
    }
}
