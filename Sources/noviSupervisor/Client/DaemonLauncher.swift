import Glibc
import LinuxSystem
import Shared

/// Starts the daemon where none runs, and tells how that went.
enum DaemonLauncher {
    /// How long a start may take.
    static let deadline: Duration = .seconds(10)

    /// The program, beside our own.
    static var program: String {
        let own = CurrentProcess.executablePath() ?? "/usr/bin/noviSupervisor"
        return Directory.parent(of: own) + "/noviSupervisord"
    }

    /// Connects to the daemon; starts one when none answers.
    ///
    /// Of several that start at once the daemon's lock lets one live.
    static func connect(_ layout: HomeLayout) throws(CommandFailure) -> ControlClient {
        do throws(CommandFailure) {
            return try ControlClient(layout)
        } catch {
            guard error.status == .noDaemon else { throw error }
        }
        let end = Clocks.monotonicNanoseconds() + deadline.wholeNanoseconds
        let outcome = try start(layout)
        while true {
            do throws(CommandFailure) {
                return try ControlClient(layout)
            } catch {
                // Another one that started at the same time holds the lock and may not listen yet.
                guard error.status == .noDaemon, isLocked(layout), Clocks.monotonicNanoseconds() < end
                else {
                    guard let reason = outcome else { throw error }
                    throw CommandFailure(
                        "cannot start the daemon: \(reason)",
                        .noDaemon,
                        hint: "its log is \(layout.daemonLog)"
                    )
                }
            }
            Pause.milliseconds(10)
        }
    }

    /// Whether the process that wrote its pid into the lock file lives, ready or not.
    ///
    /// Trying the lock itself could keep the very daemon out that is about to take it.
    private static func isLocked(_ layout: HomeLayout) -> Bool {
        guard let bytes = try? FileContents.read(layout.lockFile, limit: 32) else { return false }
        let digits = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        return Int32(digits).map { FileStatus.exists("/proc/\($0)") } ?? false
    }

    /// Starts the daemon in a session of its own; returns why it failed, or `nil` when it is ready.
    private static func start(_ layout: HomeLayout) throws(CommandFailure) -> String? {
        do {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return "no descriptor is left" }
            let reader = Descriptor(ends[0])
            let writer = Descriptor(ends[1])
            try reader.setCloseOnExec(true)
            var plan = SpawnPlan(
                executable: program,
                arguments: [program, "--home", layout.home, "--ready-fd", "3"],
                environment: CurrentProcess.environment(),
                descriptors: [-1, -1, -1, writer.rawValue]
            )
            if layout == .system { plan.arguments = [program, "--system", "--ready-fd", "3"] }
            plan.workingDirectory = "/"
            plan.newSession = true
            let child = try ChildProcess.spawn(plan)
            writer.close()
            let line = awaitLine(reader)
            if line == "ready" { return nil }
            // Ended at once: reaped here; one that lives on is left to init when we end.
            _ = try? ProcessHandle.reap(pidfd: child.pidfd.rawValue)
            return line.hasPrefix("failed: ") ? String(line.dropFirst(8)) : "it did not get ready: \(line)"
        } catch let error as SpawnError {
            throw CommandFailure("cannot start the daemon: \(error)", .noDaemon)
        } catch {
            throw CommandFailure("cannot start the daemon: \(error)", .noDaemon)
        }
    }

    private static func awaitLine(_ reader: Descriptor) -> String {
        let end = Clocks.monotonicNanoseconds() + deadline.wholeNanoseconds
        var text: [UInt8] = []
        while !text.contains(0x0A) {
            let left = (end - Clocks.monotonicNanoseconds()) / 1_000_000
            guard left > 0 else { return "no word within \(deadline.shortText)" }
            var watch = pollfd(fd: reader.rawValue, events: Int16(POLLIN), revents: 0)
            guard poll(&watch, 1, Int32(clamping: left)) > 0 else { continue }
            guard let bytes = try? reader.read(upTo: 4096), !bytes.isEmpty else { break }
            text += bytes
        }
        return String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}

/// Commands that do not start a daemon: they wait a moment for one that is being brought back (M27).
enum DaemonConnection {
    /// How long to wait for a daemon that should be there.
    static let patience: Duration = .seconds(2)

    /// Connects to a daemon that runs, or is coming back.
    static func connect(_ layout: HomeLayout) throws(CommandFailure) -> ControlClient {
        let end = Clocks.monotonicNanoseconds() + patience.wholeNanoseconds
        while true {
            do throws(CommandFailure) {
                return try ControlClient(layout)
            } catch {
                guard error.status == .noDaemon, isExpected(layout), Clocks.monotonicNanoseconds() < end
                else {
                    throw error
                }
            }
            Pause.milliseconds(20)
        }
    }

    /// Whether a daemon should be there: its pid file is, which an ordered end removes.
    private static func isExpected(_ layout: HomeLayout) -> Bool {
        FileStatus.exists(layout.pidFile)
    }
}
