import Foundation
import LinuxSystem
import Shared
import Testing

/// The way to a living daemon is opened again, whatever somebody does to its run folder (F22).
struct RunFolderEndToEndTests {
    private func path(_ fixture: SupervisorFixture, _ name: String) -> String {
        "\(fixture.home)/run/\(name)"
    }

    private func answers(_ fixture: SupervisorFixture) -> Bool {
        let reply = try? fixture.call("Ping")
        return reply?["daemon"]?["pid"]?.integerValue == Int64(fixture.daemonPID)
    }

    /// Starts a second daemon for the same home and returns how it ended.
    private func secondDaemon(_ fixture: SupervisorFixture) throws -> (status: Int32, errors: String) {
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: SupervisorFixture.binary("noviSupervisord"))
        process.arguments = ["--home", fixture.home]
        let output = Pipe()
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return (process.terminationStatus, text)
    }

    @Test(arguments: ["remove", "rename", "replace", "mode"])
    func `a control socket that was taken away is made again, and the lock still holds`(how: String) throws {
        let fixture = try SupervisorFixture()
        let socket = path(fixture, "control.sock")
        let old = try FileStatus(path: socket).identity
        switch how {
        case "remove": try FileContents.remove(socket)
        case "rename": try FileContents.rename(socket, to: path(fixture, "elsewhere"))
        case "replace":
            _ = try UnixSocket.listen(path(fixture, "other"))
            try FileContents.rename(path(fixture, "other"), to: socket)
        default: #expect(chmod(socket, 0) == 0)
        }
        try fixture.await("a new control socket") {
            let status = try? FileStatus(path: socket)
            return status?.mode == 0o600 && status?.identity != old && answers(fixture)
        }
        let second = try secondDaemon(fixture)
        #expect(second.status == 75)
        #expect(second.errors.contains("another one"))
        #expect(answers(fixture))
        #expect(fixture.text("\(fixture.home)/logs/noviSupervisord.log").contains("and is made again"))
    }

    @Test func `a client that was connected stays connected`() throws {
        let fixture = try SupervisorFixture()
        let client = try UnixSocket.connect(path(fixture, "control.sock"), timeoutMilliseconds: 5000)
        try UnixSocket.setReadTimeout(client, milliseconds: 20_000)
        try FileContents.remove(path(fixture, "control.sock"))
        try fixture.await("a new control socket") { answers(fixture) }
        try client.writeAll(VarlinkCall(method: "com.novi.Supervisor.Ping").encoded())
        #expect(try client.read(upTo: 4096)?.last == 0)
    }

    @Test func `a file in the place of the socket is left alone; the socket comes when it is gone`() throws {
        let fixture = try SupervisorFixture()
        let socket = path(fixture, "control.sock")
        try AtomicFile.replace(path(fixture, "file"), Array("precious".utf8), durable: false)
        try FileContents.rename(path(fixture, "file"), to: socket)
        let log = "\(fixture.home)/logs/noviSupervisord.log"
        try fixture.await("a word about the file") {
            fixture.text(log).contains("a file that is not a socket is in the way")
        }
        #expect(fixture.text(socket) == "precious")
        try FileContents.remove(socket)
        try fixture.await("a new control socket") { answers(fixture) }
    }

    @Test func `a run folder whose mode was changed gets its mode back`() throws {
        let fixture = try SupervisorFixture()
        let folder = "\(fixture.home)/run"
        let mode = try FileStatus(path: folder).mode
        #expect(chmod(folder, 0) == 0)
        try fixture.await("the mode of the folder") { try FileStatus(path: folder).mode == mode }
        #expect(answers(fixture))
    }

    @Test func `a run folder that was taken away is made again, and what runs is found after a crash`() throws
    {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.app("a", ["/bin/sleep", "1000"]))
        let pid = try fixture.pid("a")
        // At once, as `rm -r` would find files made again while it is still at work.
        try FileContents.rename("\(fixture.home)/run", to: "\(fixture.home)/run-1")
        try fixture.await("a new run folder") { answers(fixture) }
        #expect(try fixture.pid("a") == pid)
        #expect(try secondDaemon(fixture).status == 75)
        try fixture.await("a journal that names the run") {
            fixture.text(path(fixture, "runs.journal")).contains(" \(pid) ")
        }
        #expect(fixture.text(path(fixture, "daemon.pid")) == "\(fixture.daemonPID)\n")
        // Also a second time: the new folder is watched as the old one was.
        try FileContents.rename("\(fixture.home)/run", to: "\(fixture.home)/run-2")
        try fixture.await("a new run folder") { answers(fixture) }
        try fixture.await("a journal that names the run") {
            fixture.text(path(fixture, "runs.journal")).contains(" \(pid) ")
        }
        fixture.killDaemon()
        try fixture.startDaemon()
        #expect(try fixture.pid("a") == pid)
    }

    @Test func `a lock file that was removed is locked again`() throws {
        let fixture = try SupervisorFixture()
        let lock = path(fixture, "daemon.lock")
        try FileContents.remove(lock)
        try fixture.await("a new lock file") { fixture.text(lock) == "\(fixture.daemonPID)\n" }
        #expect(try secondDaemon(fixture).status == 75)
        #expect(answers(fixture))
    }
}
