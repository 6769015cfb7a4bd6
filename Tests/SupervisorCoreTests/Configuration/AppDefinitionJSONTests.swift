import Shared
import SupervisorCore
import Testing

@Suite struct AppDefinitionJSONTests {
    /// What version 1 wrote.
    ///
    /// Never edit it: old state files must stay readable.
    static let golden = """
        {"name":"api","namespace":"novi","command":{"executable":"/opt/novi/bin/noviWorker","arguments":["api"],\
        "script":"/opt/novi/bin/noviWorker"},"working_directory":"/srv/app","environment":{"NOVI_ENV":"production",\
        "PATH":"/usr/bin:/bin"},"declared_variables":["NOVI_ENV"],"instances":2,"instance_variable":\
        "NODE_APP_INSTANCE","increment_variable":"PORT","starts_automatically":true,"restart":{"enabled":true,\
        "minimum_uptime_ms":1000,"maximum_unstable_runs":"unlimited","window_ms":600000,"fixed_delay_ms":250,\
        "backoff":{"initial_ms":100,"factor":1.5,"maximum_ms":15000,"jitter":0.25,"reset_after_ms":30000},\
        "stop_exit_codes":[0,3]},"stop":{"signal":"SIGINT","kill_timeout_ms":15000,"includes_tree":false},\
        "readiness":{"type":"notify","timeout_ms":60000},"watchdog_ms":30000,"dependencies":[{"app":"database",\
        "condition":"ready"}],"memory":{"soft_bytes":524288000,"hard_bytes":838860800,"tree_limit_bytes":1073741824,\
        "restarts_per_hour":2,"interval_ms":5000},"logs":{"output":"/srv/app/out.log","error":"/srv/app/err.log","merges_instances":false,\
        "disabled":false},"pid_file":"/run/api.pid","user":{"name":"postgres","uid":110,"gid":115,\
        "supplementary_gids":[101]},"limits":{"resources":[{"resource":"nofile","soft":1024,"hard":4096},\
        {"resource":"core"}],"umask":23,"nice":5,"oom_score_adjustment":-100},"listen":["tcp://127.0.0.1:3000"],\
        "source":"/srv/app/ecosystem.json"}
        """

    static let app: AppDefinition? = {
        guard let name = AppName("api"), let database = AppName("database") else { return nil }
        var app = AppDefinition(
            name: name,
            command: AppCommand(executable: "/opt/novi/bin/noviWorker", arguments: ["api"]),
            workingDirectory: "/srv/app"
        )
        app.namespace = "novi"
        app.environment = ["PATH": "/usr/bin:/bin", "NOVI_ENV": "production"]
        app.declaredVariables = ["NOVI_ENV"]
        app.instances = 2
        app.incrementVariable = "PORT"
        app.restart.maximumUnstableRuns = nil
        app.restart.fixedDelay = .milliseconds(250)
        app.restart.backoff.factor = 1.5
        app.restart.backoff.jitter = 0.25
        app.restart.stopExitCodes = [0, 3]
        app.stop.signal = .interrupt
        app.stop.killTimeout = .seconds(15)
        app.stop.includesTree = false
        app.readiness = .notification(timeout: .seconds(60))
        app.watchdog = .seconds(30)
        app.dependencies = [AppDependency(app: database, condition: .ready)]
        app.memory.soft = .mebibytes(500)
        app.memory.hard = .mebibytes(800)
        app.memory.treeLimit = .mebibytes(1024)
        app.logs.output = "/srv/app/out.log"
        app.logs.error = "/srv/app/err.log"
        app.pidFile = "/run/api.pid"
        app.user = AppUser(name: "postgres", userID: 110, groupID: 115, supplementaryGroupIDs: [101])
        app.limits.resources = [
            ResourceLimit(resource: .openFiles, soft: 1024, hard: 4096),
            ResourceLimit(resource: .core, soft: nil, hard: nil),
        ]
        app.limits.umask = 0o27
        app.limits.nice = 5
        app.limits.oomScoreAdjustment = -100
        app.listen = ["tcp://127.0.0.1:3000"]
        app.source = "/srv/app/ecosystem.json"
        return app
    }()

    @Test func `an app is written as the golden text`() throws {
        let app = try #require(Self.app)
        #expect(String(decoding: app.json.serialized(), as: UTF8.self) == Self.golden)
    }

    @Test func `the golden text is read as the app`() throws {
        let app = try #require(Self.app)
        #expect(try AppDefinition(json: JSONValue(parsing: Array(Self.golden.utf8))) == app)
    }

    @Test func `members of a newer version are skipped and missing ones take their default`() throws {
        let text = """
            {"name":"a","future":{"x":1},"command":{"executable":"/bin/true","speed":9},"working_directory":"/",
             "restart":{"future":true},"memory":{}}
            """
        let app = try AppDefinition(json: JSONValue(parsing: Array(text.utf8)))
        let name = try #require(AppName("a"))
        #expect(
            app
                == AppDefinition(
                    name: name,
                    command: AppCommand(executable: "/bin/true"),
                    workingDirectory: "/"
                )
        )
    }

    @Test(arguments: [
        (#"{}"#, "name: is missing"),
        (#"[]"#, "expected an object"),
        (#"{"name":"a b"}"#, "name: is no name"),
        (#"{"name":"a"}"#, "command: is missing"),
        (#"{"name":"a","command":{"executable":"x"}}"#, "command.executable: is not absolute"),
        (#"{"name":"a","command":{"executable":"/x"}}"#, "working_directory: is missing"),
        (
            #"{"name":"a","command":{"executable":"/x"},"working_directory":"/","user":{"name":"x"}}"#,
            "user.uid: is missing"
        ),
        (
            #"{"name":"a","command":{"executable":"/x"},"working_directory":"/","instances":0}"#,
            "instances: expected a whole number from 1 to 1000"
        ),
        (
            #"{"name":"a","command":{"executable":"/x"},"working_directory":"/","watchdog_ms":-1}"#,
            "watchdog_ms: expected a whole number from 0 to 3155760000000"
        ),
        (
            #"{"name":"a","command":{"executable":"/x"},"working_directory":"/","readiness":{"type":"notify"}}"#,
            "readiness.timeout_ms: is missing"
        ),
        (
            #"{"name":"a","command":{"executable":"/x"},"working_directory":"/","stop":{"signal":"SIGNOPE"}}"#,
            "stop.signal: is no signal"
        ),
        (
            #"{"name":"a","command":{"executable":"/x"},"working_directory":"/","environment":{"A":1}}"#,
            "environment.A: expected a variable with a text"
        ),
    ])
    func `a wrong member is named`(_ text: String, _ message: String) throws {
        let json = try JSONValue(parsing: Array(text.utf8))
        let error = #expect(throws: AppDefinitionError.self) { try AppDefinition(json: json) }
        #expect(error?.description == "app definition: \(message)")
    }

    @Test func `apps with any settings survive the round trip`() throws {
        var random = Generator(state: 42)
        for _ in 0..<500 {
            let app = try #require(Self.randomApp(&random))
            let bytes = app.json.serialized()
            #expect(try AppDefinition(json: JSONValue(parsing: bytes)) == app)
            #expect(app.json.serialized() == bytes)
        }
    }

    @Test func `a text with damaged bytes gives an error or an app, never a crash`() {
        var random = Generator(state: 9)
        let golden = Array(Self.golden.utf8)
        for _ in 0..<2000 {
            var bytes = golden
            for _ in 0..<(1 + random.below(4)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            guard let json = try? JSONValue(parsing: bytes) else { continue }
            if let app = try? AppDefinition(json: json) { #expect(app.instances >= 1) }
        }
    }

    struct Generator {
        var state: UInt64
        mutating func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(limit))
        }
        mutating func flip() -> Bool { below(2) == 0 }
        mutating func text() -> String {
            let pieces = ["a", "ü", "\"", "\\", "\n", "=", " ", "\u{1F600}", "/", "\u{7F}"]
            return (0..<below(6)).map { _ in pieces[below(pieces.count)] }.joined()
        }
        mutating func time() -> Duration { .milliseconds(below(100_000_000)) }
        mutating func size() -> ByteCount { ByteCount(Int64(below(1 << 30)) << Int64(below(20))) }
    }

    private static func randomApp(_ random: inout Generator) -> AppDefinition? {
        guard let name = AppName("app\(random.below(1000))"), let other = AppName("other") else { return nil }
        var app = AppDefinition(
            name: name,
            command: AppCommand(
                executable: "/" + random.text(),
                arguments: [random.text(), random.text()],
                script: random.text()
            ),
            workingDirectory: "/" + random.text()
        )
        app.namespace = random.text()
        app.environment = ["A": random.text(), "B\(random.below(9))": random.text()]
        if random.flip() { app.declaredVariables = ["A"] }
        app.instances = 1 + random.below(1000)
        if random.flip() { app.incrementVariable = "X" }
        app.startsAutomatically = random.flip()
        app.restart.isEnabled = random.flip()
        app.restart.minimumUptime = random.time()
        app.restart.maximumUnstableRuns = random.flip() ? nil : random.below(1000)
        app.restart.fixedDelay = random.flip() ? nil : random.time()
        app.restart.backoff.factor = 1 + Double(random.below(1000)) / 7
        app.restart.backoff.jitter = Double(random.below(1000)) / 1000
        app.restart.stopExitCodes = [Int32(random.below(256)), Int32(random.below(256))]
        app.stop.signal = UnixSignal(rawValue: Int32(1 + random.below(64))) ?? .terminate
        app.stop.killTimeout = random.time()
        if random.flip() { app.readiness = .notification(timeout: random.time()) }
        if random.flip() { app.watchdog = random.time() }
        if random.flip() {
            app.dependencies = [
                AppDependency(app: other, condition: DependencyCondition.allCases[random.below(3)])
            ]
        }
        if random.flip() { app.memory.soft = random.size() }
        if random.flip() { app.memory.treeLimit = random.size() }
        app.memory.restartsPerHour = random.below(1000)
        if random.flip() { app.logs.output = random.text() }
        app.logs.isDisabled = random.flip()
        if random.flip() {
            app.logs.policy.maximumFileBytes = random.flip() ? nil : Int64(1 + random.below(1 << 30))
        }
        if random.flip() { app.logs.policy.maximumTotalBytes = nil }
        if random.flip() { app.logs.policy.frequency = .minutes(1 + random.below(1440)) }
        if random.flip() { app.logs.policy.archiveSeconds = Int64(random.below(1 << 20)) }
        if random.flip() { app.logs.policy.maximumFiles = 1 + random.below(1000) }
        app.logs.policy.logClass = LogClass.allCases[random.below(3)]
        app.logs.policy.onFull = FullDiskAction.allCases[random.below(3)]
        if random.flip() { app.logs.policy.symbolicLink = random.text() }
        if random.flip() { app.logs.derived.stampPattern = random.text() }
        if random.flip() { app.logs.derived.combined = random.flip() ? "" : "/var/log/all.log" }
        if random.flip() { app.logs.derived.levelFiles = [.warning: "/w", .critical: "/c"] }
        app.logs.derived.isJSON = random.flip()
        app.logs.derived.journal = JournalCopy.allCases[random.below(3)]
        if random.flip() {
            app.user = AppUser(
                name: random.text(),
                userID: UInt32(random.below(1 << 31)),
                groupID: 5,
                supplementaryGroupIDs: [7, .max - 1]
            )
        }
        app.limits.resources = ResourceLimit.Resource.allCases.map {
            ResourceLimit(resource: $0, soft: random.flip() ? nil : UInt64(random.below(1 << 30)), hard: nil)
        }
        if random.flip() { app.limits.nice = Int32(random.below(40)) - 20 }
        if random.flip() { app.limits.umask = UInt32(random.below(0o1000)) }
        if random.flip() { app.listen = ["unix:///run/x"] }
        return app
    }
}
