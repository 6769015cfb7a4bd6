import Foundation
import LinuxSystem
import Shared
import Testing

/// What a fixture with a keeper offers beyond the others.
extension SupervisorFixture {
    /// The command line of a keeper for this home, as the command line tool would start it.
    func keeperCommand(_ program: String) throws -> [String] {
        let layout = HomeLayout(home: home)
        try FileManager.default.createDirectory(
            atPath: layout.runDirectory,
            withIntermediateDirectories: true
        )
        return [
            Self.binary("noviKeeper"), "--ready-fd", "3", layout.runDirectory, layout.committedProgram,
            program,
            "--home", home,
        ]
    }

    /// The pid in a lock file.
    func holder(_ lock: String) -> Int32? {
        let digits = text("\(home)/run/\(lock)").prefix { $0.isNumber }
        return Int32(digits)
    }

    /// The daemon that answers, if one does.
    func answeringDaemon() -> Int32? {
        let daemon = try? call("Ping", deadline: 5)["daemon"]
        return daemon?["pid"]?.integerValue.flatMap { Int32(exactly: $0) }
    }

    /// Waits until a daemon answers that is another one than before, and marked that it is good.
    @discardableResult
    func awaitSuccessor(of former: Int32) throws -> Int32 {
        var successor: Int32?
        try self.await("another daemon than pid \(former)", seconds: 60) {
            successor = answeringDaemon()
            guard let successor, successor != former else { return false }
            return text("\(home)/run/committed").contains(" \(successor) ")
        }
        return try #require(successor)
    }

    /// Runs what shall happen while no daemon runs: the keeper is held up meanwhile.
    func withoutDaemon(_ body: () throws -> Void) throws {
        let daemon = try #require(answeringDaemon())
        let keeper = try #require(holder("keeper.lock"))
        kill(keeper, SIGSTOP)
        kill(daemon, SIGKILL)
        try self.await("the daemon's end") { !Self.isAlive(daemon) }
        try body()
        kill(keeper, SIGCONT)
        try awaitSuccessor(of: daemon)
    }

    /// The parent of a process.
    static func parent(of pid: Int32) -> Int32? {
        (try? ProcFilesystem())?.stat(pid)?.parentProcessID
    }

    /// Ends what is left of keeper and daemon, so that neither brings the other back.
    func endKept() {
        guard !awaitDaemonEnd(seconds: 5) || holder("keeper.lock") != daemonPID else { return }
        for _ in 0..<3 {
            for lock in ["keeper.lock", "daemon.lock"] {
                guard let pid = holder(lock), let handle = try? ProcessHandle.pidfdOpen(pid) else { continue }
                let name = (try? ProcFilesystem())?.commandName(pid) ?? ""
                guard ["noviKeeper", "noviSupervisord"].contains(name) else { continue }
                try? ProcessHandle.sendSignal(pidfd: handle.rawValue, SIGKILL)
            }
            usleep(50_000)
        }
    }
}
