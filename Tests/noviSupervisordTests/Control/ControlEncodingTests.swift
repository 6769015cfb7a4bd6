import Shared
import Testing

@testable import SupervisorCore
@testable import noviSupervisord

/// What the daemon answers: golden texts, and everything held against the interface.
@Suite struct ControlEncodingTests {
    private let interface: VarlinkInterfaceDescription
    private let now = MonotonicInstant(nanoseconds: 90_000_000_000)

    init() throws {
        interface = try VarlinkInterfaceDescription(parsing: SupervisorInterface.description)
    }

    private func text(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }

    private func mismatches(_ value: JSONValue, _ type: String) throws -> [String] {
        guard case .structure(let fields) = interface.types[type] else { return ["\(type) is no structure"] }
        return interface.mismatches(of: try #require(value.objectValue), with: fields)
    }

    private func status(_ state: ProcessState, reason: String? = nil) throws -> ProcessStatus {
        ProcessStatus(
            id: 4,
            name: try #require(ProcessName("api:1")),
            namespace: "novi",
            state: state,
            since: now,
            isWanted: true,
            restarts: 2,
            reason: reason
        )
    }

    private func run() -> Run {
        var run = Run(
            id: RunID(rawValue: 0x10),
            launchedAt: MonotonicInstant(nanoseconds: 30_000_000_000),
            reason: .daemonStarted,
            stop: StopPolicy()
        )
        run.pid = 812
        run.statusText = "serving"
        run.whatsAppState = "ready"
        run.heap = HeapReport(used: ByteCount(1024), total: nil, external: nil)
        return run
    }

    @Test func `a process that runs has its golden text`() throws {
        let usage = ProcessUsage(cpuPercent: 1.26, memory: ByteCount(2048))
        let json = try status(.online(run())).json(usage: usage, at: now)
        #expect(
            text(json)
                == #"{"name":"api","instance":1,"id":4,"namespace":"novi","state":"online","as_wanted":true,"pid":812,"#
                + #""uptime_ms":60000,"restarts":2,"cpu_percent":1.3,"memory_bytes":2048,"heap_used_bytes":1024,"#
                + #""reason":null,"status_text":"serving","whatsapp":"ready"}"#
        )
        #expect(try mismatches(json, "Process").isEmpty)
    }

    @Test func `a process in any state is what the interface says`() throws {
        let errored = ErroredReason(unstableRuns: 16, window: .seconds(600), last: "exit code 1")
        let states: [(ProcessState, Bool)] = [
            (.stopped(.neverStarted), true), (.stopped(.ended(.exited(code: 1))), false),
            (.stopped(.requested(.daemon)), true), (.waitingForDependencies(.daemonStarted), false),
            (.launching(run()), false), (.online(run()), true), (.errored(errored), false),
            (.waitingRestart(until: now, .launchFailed), false),
        ]
        for (state, isAsWanted) in states {
            let json = try status(state, reason: "why").json(usage: nil, at: now)
            #expect(try mismatches(json, "Process").isEmpty)
            #expect(json["as_wanted"]?.boolValue == isAsWanted, "\(state)")
        }
    }

    @Test func `outcomes have their golden text`() throws {
        let name = try #require(ProcessName("api"))
        let response = ControlResponse.outcomes([
            ProcessOutcome(process: name, id: 0, result: .alreadyRunning),
            ProcessOutcome(process: name, id: 1, result: .failed, message: "exit code 1"),
        ])
        #expect(response.encoded.error == nil)
        #expect(
            text(.object(response.encoded.parameters))
                == #"{"outcomes":[{"process":"api","id":0,"result":"already_running","message":null},"#
                + #"{"process":"api","id":1,"result":"failed","message":"exit code 1"}]}"#
        )
    }

    @Test func `every failure is an error of the interface, with its fields`() throws {
        let app = try #require(AppName("db"))
        let failures: [ControlFailure] = [
            .unknownProcess(selection: "x", suggestion: nil),
            .unknownProcess(selection: "x", suggestion: "y"),
            .timedOut(outcomes: [], waiting: [ProcessName(app: app, instance: 1)]), .shuttingDown,
            .hasDependants(app: app, dependants: [app]), .invalidRequest("no"),
        ]
        for failure in failures {
            let (error, parameters) = ControlResponse.failure(failure).encoded
            let name = try #require(error)
            #expect(name.hasPrefix("com.novi.Supervisor."))
            let fields = try #require(interface.errors[String(name.dropFirst("com.novi.Supervisor.".count))])
            #expect(interface.mismatches(of: parameters, with: fields).isEmpty, "\(name)")
        }
        for failure in [CallFailure.invalidDefinition(["a"]), .invalidRequest("no")] {
            let fields = try #require(interface.errors[String(failure.name.split(separator: ".").last ?? "")])
            #expect(interface.mismatches(of: failure.parameters, with: fields).isEmpty, "\(failure.name)")
        }
    }

    @Test func `every result of an outcome is documented`() {
        let line = SupervisorInterface.description.split(separator: "\n")
            .drop { !$0.hasPrefix("# What became of one process.") }.prefix(2).joined(separator: " ")
        for result in ProcessOutcome.Result.allCases {
            #expect(line.contains(" \(result.rawValue)"), "\(result.rawValue)")
        }
    }

    @Test func `every changing method of the interface takes what it describes`() throws {
        let examples: JSONObject = [
            "select": ["a"], "app": "a", "instances": 1, "signal": "HUP", "wait": true, "timeout_ms": 1,
            "force": true,
            "apps": [["name": "a", "command": ["executable": "/a"], "working_directory": "/"]],
            "environments": [],
        ]
        let reading: Set = [
            "Ping", "List", "Describe", "Why", "Events", "GetLogFiles", "RotateLogs", "FlushLogs",
            "ReopenLogs",
            "GetPaths",
        ]
        // Replaces the daemon itself: nothing that the core decides about.
        let own: Set = ["Upgrade"]
        for (method, description) in interface.methods where !reading.union(own).contains(method) {
            var parameters: JSONObject = [:]
            for field in description.input where field.name != "change" {
                let example: JSONValue = try #require(examples[field.name], "\(method) \(field.name)")
                parameters[field.name] = example
            }
            #expect(try ControlRequest.decode(method: method, parameters) != nil, "\(method)")
        }
    }

    @Test func `a notice has its golden text`() throws {
        let name: ProcessName = try #require(ProcessName("api"))
        let notice = LifecycleNotice(
            sequence: 17,
            at: now,
            process: name,
            processID: 1,
            run: RunID(rawValue: 0x10),
            kind: .exited(
                .signaled(.kill, coreDumped: false),
                uptime: .milliseconds(1500),
                .itself,
                followsOOMKill: true
            )
        )
        let json = notice.json(CivilClock())
        var object = try #require(json.objectValue)
        #expect(object["time"]?.stringValue?.hasSuffix("Z") == true)
        object["time"] = "then"
        #expect(
            text(.object(object))
                == #"{"sequence":17,"time":"then","process":"api","id":1,"run":"0000000000000010","event":"exited","#
                + #""message":"\#(notice.kind.message)","fields":{"signal":"SIGKILL","core_dumped":false,"#
                + #""uptime_ms":1500,"cause":"by itself","cause_kind":"itself","oom_kill":true}}"#
        )
        #expect(try mismatches(json, "Event").isEmpty)
    }

    @Test func `policies count one in the singular`() {
        var memory = MemoryPolicy()
        memory.hard = .mebibytes(800)
        memory.restartsPerHour = 1
        #expect(memory.text == "restart above 800.0 MiB, at most 1 restart an hour")
        memory.restartsPerHour = 2
        #expect(memory.text?.hasSuffix("at most 2 restarts an hour") == true)
        var restart = RestartPolicy()
        restart.maximumUnstableRuns = 1
        #expect(restart.text.contains("gives up after 1 short run within"))
    }

    @Test func `the end of a run is what the interface says, with code or signal`() throws {
        for exit in [ProcessExit.exited(code: 3), .signaled(.kill, coreDumped: true), .unknown] {
            let ended = EndedRun(
                observation: ExitObservation(exit: exit),
                uptime: .seconds(2),
                cause: .itself
            )
            let record = ExitRecord(run: RunID(rawValue: 0x10), pid: nil, at: now, ended: ended)
            let json = record.json(CivilClock())
            #expect(try mismatches(json, "Exit").isEmpty)
            #expect(json["code"]?.integerValue == (exit == .exited(code: 3) ? 3 : nil))
            #expect(
                json["signal"]?.stringValue == (exit == .signaled(.kill, coreDumped: true) ? "SIGKILL" : nil)
            )
        }
    }

    @Test(arguments: [
        ("API_TOKEN", "abc", "********"), ("db_password", "", "********"), ("KEYBOARD", "us", "********"),
        ("URL", "postgres://u:secret@h/db?x=1", "postgres://u:********@h/db?x=1"),
        ("URL", "http://h:80/a@b", "http://h:80/a@b"), ("URL", "http://user@h/", "http://user@h/"),
        ("PATH", "/bin", "/bin"),
    ])
    func `secrets are hidden by name and in URLs`(name: String, value: String, shown: String) {
        #expect(Secrets.masked([name: value])[name]?.stringValue == shown)
    }
}
