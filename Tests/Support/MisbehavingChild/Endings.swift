import Glibc
import LinuxSystem

/// Ways to end.
enum Endings {
    static func exit(code: Int, afterMilliseconds: Int) {
        Waiting.milliseconds(afterMilliseconds)
        _exit(Int32(truncatingIfNeeded: code))
    }

    static func crash(signal number: Int, afterMilliseconds: Int) {
        Waiting.milliseconds(afterMilliseconds)
        let number = Int32(truncatingIfNeeded: number)
        // No core files in the tests' folders.
        try? ResourceLimits.set(SpawnPlan.ResourceLimit(.core, soft: 0, hard: 0))
        signal(number, SIG_DFL)
        kill(getpid(), number)
        Waiting.forever()
    }

    /// Lets another thread live on for a while: the process is a zombie to look at, and has its files still.
    static func loseMainThread(forMilliseconds milliseconds: Int) {
        var thread = pthread_t()
        let context = UnsafeMutableRawPointer(bitPattern: milliseconds + 1)
        pthread_create(
            &thread,
            nil,
            { context in
                Output.write("losing\n")
                Waiting.milliseconds(Int(bitPattern: context) - 1)
                _exit(0)
            },
            context
        )
        pthread_exit(nil)
    }

    /// Prints without a line end and is gone at once.
    static func lastWords(bytes: Int) {
        Output.write([UInt8](repeating: UInt8(ascii: "x"), count: max(0, bytes)))
        _exit(0)
    }

    /// Lives on without output.
    static func closeOutput() {
        Output.write("closing\n")
        close(1)
        close(2)
        Waiting.forever()
    }
}

/// Ways to take a stop.
enum Signals {
    /// Lets the polite signals pass.
    static func ignoreTermination(writes: Bool) {
        for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT] {
            signal(number, SIG_IGN)
        }
        Output.write("ignoring\n")
        var count = 0
        while writes {
            Waiting.milliseconds(100)
            count += 1
            Output.write("still here \(count)\n")
        }
        Waiting.forever()
    }

    /// Ends by itself some time after SIGTERM or SIGINT.
    static func exitOnTermination(_ code: Int, _ afterMilliseconds: Int) {
        guard let signals = try? SignalDescriptor(signals: [SIGTERM, SIGINT]), let poll = try? EventPoll(),
            (try? poll.add(signals.rawValue, .readable, token: 0)) != nil
        else {
            _exit(70)
        }
        Output.write("waiting\n")
        _ = try? ServiceNotifier.sendNotify(state: "READY=1")
        var events: [EventPoll.Event] = []
        while events.isEmpty {
            try? poll.wait(timeoutMilliseconds: 600_000, into: &events)
        }
        Output.write("stopping\n")
        Waiting.milliseconds(afterMilliseconds)
        _exit(Int32(truncatingIfNeeded: code))
    }
}

/// Memory that only grows.
enum Growth {
    /// Takes and touches memory step by step up to a size, and keeps it.
    static func run(_ bytesPerStep: Int, _ stepMilliseconds: Int, _ until: Int) {
        var total = 0
        while total < until, bytesPerStep > 0 {
            guard let memory = malloc(bytesPerStep) else { break }
            memset(memory, 0xA5, bytesPerStep)
            total += bytesPerStep
            Output.write("\(total)\n")
            Waiting.milliseconds(stepMilliseconds)
        }
        Waiting.forever()
    }
}

/// Processes that leave the beaten track.
enum Forks {
    /// Leaves a process behind that outlives us, and prints its pid.
    static func orphan(newSession: Bool) {
        let pid = fork()
        if pid == 0 {
            if newSession { setsid() }
            Waiting.forever()
            _exit(0)
        }
        Output.write("\(pid)\n")
        // The session is the child's own doing: wait until it shows.
        while newSession, pid > 0, getsid(pid) != pid { usleep(1000) }
        _exit(pid > 0 ? 0 : 71)
    }

    /// Is the first of a chain of processes, each of which prints its pid and stays.
    static func tree(depth: Int) {
        Output.write("\(getpid())\n")
        for _ in 0..<max(0, depth) {
            let pid = fork()
            guard pid == 0 else { break }
            Output.write("\(getpid())\n")
        }
        Waiting.forever()
    }
}
