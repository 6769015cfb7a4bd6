import Glibc
import LinuxSystem
import Shared
import SupervisorClient

/// Starts the daemon where none runs, with a keeper as its parent, and tells how that went.
enum DaemonLauncher {
    /// How long a start may take.
    static let deadline: Duration = .seconds(10)

    /// The program, beside our own.
    static var program: String { beside("noviSupervisord") }

    /// A program in the folder of our own.
    static func beside(_ name: String) -> String {
        let own = CurrentProcess.executablePath() ?? "/usr/bin/noviSupervisor"
        return Directory.parent(of: own) + "/" + name
    }

    /// Connects to the daemon; starts one when none answers.
    ///
    /// Of several that start at once the locks let one live.
    static func connect(
        _ layout: HomeLayout,
        _ patience: Patience
    ) throws(CommandFailure) -> ControlClient {
        let end = min(Clocks.monotonicNanoseconds() + deadline.wholeNanoseconds, patience.end)
        var reason: String?
        while true {
            do throws(CommandFailure) {
                return try ControlClient(layout, patience)
            } catch {
                guard error.status == .noDaemon else { throw error }
                // Another one that started at the same time, or one that is on its way, may not listen yet.
                if !isOnItsWay(layout) {
                    if let reason { throw failure(reason, layout) }
                    reason = try start(layout)
                    continue
                }
                guard Clocks.monotonicNanoseconds() < end else {
                    throw failure(reason ?? "it does not answer within \(deadline.shortText)", layout)
                }
            }
            Pause.milliseconds(10)
        }
    }

    private static func failure(_ reason: String, _ layout: HomeLayout) -> CommandFailure {
        CommandFailure(
            "cannot start the daemon: \(reason)",
            .noDaemon,
            hint: "its log is \(layout.daemonLog)"
        )
    }

    /// Whether a daemon lives, ready or not, or a keeper that brings one back.
    private static func isOnItsWay(_ layout: HomeLayout) -> Bool {
        LockFile.holder(layout.lockFile) != nil || Keeper.processID(layout) != nil
    }

    /// Starts keeper and daemon in a session of their own; returns why the daemon is not ready, or `nil` when it is.
    private static func start(_ layout: HomeLayout) throws(CommandFailure) -> String? {
        // Where there is a service it is the one to start: a daemon of ours would keep it out.
        if let installation = ServiceInstallation.present(for: layout) { return try installation.start() }
        try Keeper.prepare(layout)
        do {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return "no descriptor is left" }
            let reader = Descriptor(ends[0])
            let writer = Descriptor(ends[1])
            try reader.setCloseOnExec(true)
            var plan = SpawnPlan(
                executable: Keeper.program,
                arguments: Keeper.arguments(layout, ["--ready-fd", "3"]),
                environment: CurrentProcess.environment(),
                descriptors: [-1, -1, -1, writer.rawValue]
            )
            plan.workingDirectory = "/"
            plan.newSession = true
            let child = try ChildProcess.spawn(plan)
            writer.close()
            let line = awaitLine(reader)
            if line == "ready" { return nil }
            // Ended at once: reaped here; one that lives on is left to init when we end.
            let end = try? ProcessHandle.reap(pidfd: child.pidfd.rawValue)
            if line.hasPrefix("failed: ") { return String(line.dropFirst(8)) }
            if !line.isEmpty { return "it did not get ready: \(line)" }
            if let (status, _) = end ?? nil { return "it did not get ready: it ended with \(status)" }
            return "it died before it was ready; it is being started again"
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
    ///
    /// - Parameters:
    ///   - layout: Where it lives.
    ///   - patience: How long the command waits for answers.
    ///   - isExpected: Whether somebody is bringing it back.
    /// - Returns: The connection.
    /// - Throws: ``CommandFailure`` when none answers.
    static func connect(
        _ layout: HomeLayout,
        _ patience: Patience = .reading,
        isExpected: (HomeLayout) -> Bool = Self.isExpected
    ) throws(CommandFailure) -> ControlClient {
        let end = Clocks.monotonicNanoseconds() + Self.patience.wholeNanoseconds
        while true {
            do throws(CommandFailure) {
                return try ControlClient(layout, patience)
            } catch {
                guard error.status == .noDaemon, isExpected(layout), Clocks.monotonicNanoseconds() < end
                else {
                    throw error
                }
            }
            Pause.milliseconds(20)
        }
    }

    /// Whether a daemon should be there: a keeper is, or the pid file is, which an ordered end removes.
    private static func isExpected(_ layout: HomeLayout) -> Bool {
        Keeper.processID(layout) != nil || FileStatus.exists(layout.pidFile)
    }
}
