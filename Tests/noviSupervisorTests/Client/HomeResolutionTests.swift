import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct HomeResolutionTests {
    @Test func `the home folder of the option decides, made absolute`() throws {
        let absolute = try HomeResolution.layout(option: "/srv/novi/")
        #expect(absolute == HomeLayout(home: "/srv/novi"))
        let relative = try HomeResolution.layout(option: "./here")
        #expect(relative.home.hasPrefix("/") && relative.home.hasSuffix("/here"))
        #expect(!relative.home.contains("/./"))
    }

    @Test func `a home too long for a Unix socket is refused with a hint`() {
        let error = #expect(throws: CommandFailure.self) {
            _ = try HomeResolution.layout(option: "/" + String(repeating: "x", count: 100))
        }
        #expect(error?.status == .usage)
        #expect(error?.message.contains("hint: choose a shorter one") == true)
    }

    @Test func `paths are the contract of scripts`() {
        #expect(
            Output.document(HomeLayout(home: "/h").json) == """
                {"schema":1,"home":"/h","control_socket":"/h/run/control.sock","run_directory":"/h/run",\
                "state_directory":"/h/state","log_directory":"/h/logs","lock_file":"/h/run/daemon.lock",\
                "keeper_lock_file":"/h/run/keeper.lock","pid_file":"/h/run/daemon.pid","state_file":"/h/state/desired.json",\
                "run_journal":"/h/run/runs.journal",\
                "committed_program":"/h/state/noviSupervisord.committed","daemon_log":"/h/logs/noviSupervisord.log"}
                """
        )
    }

    @Test func `the last known apps come from the state file, and a broken one tells nothing`() throws {
        let folder = try ScratchFolder()
        let layout = try folder.layout()
        #expect(LastKnownState.appNames(layout).isEmpty)
        let state = HomeLayout(home: folder.path).stateDirectory
        try makeFolder(state)
        try folder.write("novi-state 1 x\n{\"apps\":[{\"definition\":{\"name\":", to: "state/desired.json")
        #expect(LastKnownState.appNames(layout).isEmpty)
        try folder.writeState(
            document: """
                {"apps":[{"definition":{"name":"api"},"processes":[{"wanted":true},{"wanted":false}]},
                {"definition":{"name":"db"},"processes":[{"wanted":false}]},{"definition":{}}]}
                """,
            to: "state/desired.json"
        )
        let entries = LastKnownState.entries(layout)
        #expect(entries.map(\.name) == ["api", "db"])
        #expect(entries.map(\.instances) == [2, 1])
        #expect(entries.map(\.isWanted) == [true, false])
    }

    @Test func `names are completed from the state file while no daemon runs`() throws {
        let folder = try ScratchFolder()
        let layout = try folder.layout()
        try makeFolder(layout.stateDirectory)
        try folder.writeState(["api"], to: "state/desired.json")
        #expect(AppNameCompletion.names(home: folder.path) == ["api", "all"])
        #expect(AppNameCompletion.home(in: ["stop", "--home", "/h", "a"]) == "/h")
        #expect(AppNameCompletion.home(in: ["stop", "--home=/h"]) == "/h")
        #expect(AppNameCompletion.home(in: ["stop", "--home"]) == nil)
    }

    @Test func `names are completed from the daemon, and within a tenth of a second from one that hangs`()
        throws
    {
        let folder = try ScratchFolder()
        let layout = try folder.layout()
        let processes: JSONValue = [["name": "api", "instance": 0], ["name": "api", "instance": 1]]
        let daemon = try FakeDaemon(layout, [.replies([VarlinkReply(parameters: ["processes": processes])])])
        #expect(AppNameCompletion.names(home: folder.path) == ["api", "api:1", "all"])
        #expect(daemon.calls.count == 1)
        let other = try ScratchFolder()
        let silent = try FakeDaemon(try other.layout(), [.silence])
        let took = ContinuousClock().measure {
            #expect(AppNameCompletion.names(home: silent.layout.home) == ["all"])
        }
        // Generous, for machines with other work: the deadline is a tenth of this.
        #expect(took < .seconds(1))
    }
}
