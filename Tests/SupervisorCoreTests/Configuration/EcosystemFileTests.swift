import Shared
import Testing

@testable import SupervisorCore

@Suite struct EcosystemFileTests {
    @Test(arguments: [
        #"{"apps": [{"script": "a.js"}]}"#, #"{"pm2": [{"script": "a.js"}]}"#, #"[{"script": "a.js"}]"#,
        #"{"script": "a.js"}"#, #"{"exec": "a.js"}"#, "\u{FEFF}{\"apps\": [{\"cmd\": \"a.js\"}]}",
        "{\r\n\"apps\": [\r\n{\"command\": \"a.js\"}]}\r\n",
        #"{"apps": [{"script": "a.js"}], "deploy": {"x": 1}, "contacts": []}"#,
    ])
    func `all forms of a file are read`(_ text: String) {
        let content = parse(text)
        #expect(content.issues.isEmpty)
        #expect(content.apps.map(\.script) == ["a.js"])
        #expect(content.apps.map(\.name.rawValue) == ["a"])
    }

    @Test(arguments: [
        ("./server", "server"), ("/opt/x/app.min.js", "app.min"), ("noviWorker", "noviWorker"),
        ("python3 -m http.server", "python3"), (".hidden", nil), ("ä.js", nil),
    ])
    func `the default name is the script's without its extension`(_ script: String, _ name: String?) {
        let content = parse(#"{"script": "\#(script)"}"#)
        #expect(content.apps.first?.name.rawValue == name)
        #expect(content.issues.isEmpty == (name != nil))
    }

    @Test func `snake case, camel case and PM2's other spellings mean the same`() throws {
        let snake = parse(
            """
            {"script": "a.js", "exec_interpreter": "node", "node_args": "--x", "out_file": "o", "error_file": "e",
             "max_memory_restart": "300M", "restart_delay": 5, "min_uptime": "5s", "uid": "amara", "pid": "p"}
            """
        )
        let camel = parse(
            """
            {"cmd": "a.js", "interpreter": "node", "interpreterArgs": ["--x"], "output": "o", "errFile": "e",
             "maxMemoryRestart": 314572800, "restartDelay": "5ms", "minUptime": 5000, "user": "amara",
             "pidFile": "p"}
            """
        )
        #expect(snake.issues.isEmpty && camel.issues.isEmpty)
        let left = try #require(snake.apps.first)
        let right = try #require(camel.apps.first)
        #expect(left == right)
        #expect(left.restart.fixedDelay == .milliseconds(5))
        #expect(left.memory.treeLimit == .mebibytes(300))
        #expect(left.user == UserRequest(name: "amara"))
    }

    @Test func `PM2's own keys are accepted in silence, and what is not there yet is said`() {
        let content = parse(
            """
            {"script": "a.js", "source_map_support": true, "vizion": false, "pmx": false, "windowsHide": true,
             "kmLink": 1, "watch": false, "cron_restart": 0, "time": false, "log_type": "raw",
             "ignore_watch": ["x"]}
            """
        )
        #expect(content.issues.isEmpty)
        let wishes = parse(
            """
            {"script": "a.js", "watch": ["src"], "cron_restart": "0 0 * * *",
             "shutdown_with_message": true}
            """
        )
        #expect(wishes.issues.count == 3)
        #expect(wishes.issues.allSatisfy { $0.severity == .warning && $0.message.contains("not") })
        #expect(wishes.apps.count == 1)
    }

    @Test(arguments: ["0", "false", #""none""#, #""0""#])
    func `no limit is said in several ways`(_ value: String) throws {
        let content = parse(
            #"{"name": "w", "script": "a", "max_size": \#(value), "max_files": \#(value), "max_total_size": \#(value)}"#
        )
        #expect(content.issues.isEmpty, "\(content.issues)")
        let policy = try #require(content.apps.first).logPolicy
        #expect(
            policy.maximumFileBytes == nil && policy.maximumTotalBytes == nil && policy.maximumFiles == nil
        )
        #expect(policy.liveSeconds == LogPolicy().liveSeconds)
    }

    @Test(arguments: ["a/b", ".", "..", "/a"])
    func `the name of a link is no path`(_ name: String) {
        let content = parse(#"{"name": "w", "script": "a", "symlink_name": "\#(name)"}"#)
        #expect(content.issues.map(\.message) == ["\"\(name)\" is no file's name"])
    }

    @Test func `winston's and PM2's names of log settings mean the same`() throws {
        let content = parse(
            """
            [{"name": "w", "script": "a", "maxSize": "20m", "maxFiles": "7d", "datePattern": "YYYY-MM-DD-HH",
              "zippedArchive": false, "utc": true, "createSymlink": true, "frequency": "3h", "dirname": "/var/log/w"},
             {"name": "p", "script": "a", "max_size": "10M", "retain": 30, "compress": true, "time": true,
              "log_type": "json", "log_file": "all.log"},
             {"name": "n", "script": "a", "log_class": "access", "max_age": "30d", "max_total_size": "5G", "keep_free": 10,
              "on_full": "block", "compress_delay": "5m", "journal": true, "log_file": true,
              "level_files": {"warn": "w.log"}, "log_date_format": "HH:mm"}]
            """
        )
        #expect(content.issues.isEmpty, "\(content.issues)")
        let policies = content.apps.map(\.logPolicy)
        #expect(policies[0].maximumFileBytes == 20 << 20)
        #expect(policies[0].liveSeconds == 7 * 86_400)
        #expect(policies[0].datePattern == "YYYY-MM-DD-HH")
        #expect(policies[0].compression == .none)
        #expect(policies[0].usesUTC)
        #expect(policies[0].symbolicLink == "current")
        #expect(content.apps[0].logFolder == "/var/log/w")
        #expect(policies[0].frequency == .minutes(180))
        #expect(policies[1].maximumFiles == 30)
        #expect(policies[2].effectiveArchiveSeconds == 30 * 86_400)
        #expect(policies[2].logClass == .access)
        #expect(policies[2].maximumTotalBytes == 5 << 30)
        #expect(policies[2].onFull == .block)
        #expect(policies[2].compressionDelaySeconds == 300)
        let derived = content.apps.map(\.derivedLogs)
        #expect(derived[1].isJSON && derived[1].stampPattern == DerivedLogs.usualStampPattern)
        #expect(derived[1].combined == "all.log")
        #expect(
            derived[2].journal == .lines && derived[2].combined == "" && derived[2].stampPattern == "HH:mm"
        )
        #expect(derived[2].levelFiles == [.warning: "w.log"])
    }

    @Test(arguments: [
        ("false", JournalCopy.none), ("true", .lines), ("{}", .lines), (#"{"fields": false}"#, .lines),
        (#"{"fields": true}"#, .linesWithFields), ("null", .none),
    ])
    func `the journal gets lines, or lines and their members, and a daemon reads what is sent`(
        text: String,
        copy: JournalCopy
    ) throws {
        let content = parse("{\"name\": \"j\", \"script\": \"a\", \"journal\": \(text)}")
        #expect(content.issues.isEmpty, "\(content.issues)")
        let derived = try #require(content.apps.first).derivedLogs
        #expect(derived.journal == copy)
        #expect(try DerivedLogs(JSONFields(derived.json)) == derived)
    }

    @Test(arguments: [#"{"field": true}"#, #"{"fields": 1}"#, "\"yes\"", "[true]", "1"])
    func `another value of journal is a mistake with its place`(text: String) throws {
        let content = parse("{\"name\": \"j\", \"script\": \"a\", \"journal\": \(text)}")
        let issue = try #require(content.issues.first)
        #expect(content.issues.count == 1)
        #expect("\(issue)".contains("journal"), "\(issue)")
    }

    @Test func `winston's names that change nothing here are warned about, with the reason`() throws {
        let content = parse(
            """
            {"name": "w", "script": "a", "auditFile": "audit.json", "auditHashType": "md5", "filename": "app-%DATE%.log",
             "extension": ".txt"}
            """
        )
        #expect(content.apps.count == 1)
        #expect(content.issues.map(\.severity) == [.warning, .warning, .warning, .warning])
        #expect(content.issues.allSatisfy { $0.message.contains("is ignored: ") })
    }

    @Test(arguments: [
        (#""date_pattern": "YYYY-MM-dd""#, "\"dd\" at character 9"),
        (#""datePattern": "[log]YYYY""#, "\"[\" at character 1"),
        (#""log_date_format": "YYYY-MM-DD at HH""#, "\"t\" at character 13"),
    ])
    func `letters that are no part of a date are named with their place and what is known`(
        setting: String,
        place: String
    ) throws {
        let content = parse(#"{"name": "w", "script": "a", \#(setting)}"#)
        let issue = try #require(content.issues.first)
        #expect(issue.severity == .error)
        #expect(issue.message.contains(place), "\(issue.message)")
        #expect(issue.hint?.contains("YYYY YY M MM") == true)
    }

    @Test func `rules for levels are read in their order and kept`() throws {
        let content = parse(
            """
            {"name": "r", "script": "a", "level_rules": [
              {"match": "ALERT*", "level": "critical"}, {"match": "slow", "level": "warn"}, {"match": "a?b*c", "level": "debug"}]}
            """
        )
        #expect(content.issues.isEmpty, "\(content.issues)")
        let derived = try #require(content.apps.first).derivedLogs
        #expect(derived.levelRules.map(\.text) == ["ALERT*", "slow", "a?b*c"])
        #expect(derived.levelRules.map(\.level) == [.critical, .warning, .debug])
        let line = Array("ALERT: the disk is slow".utf8)
        #expect(LevelRecognition.level(of: line.span, rules: derived.levelRules) == .critical)
        #expect(try DerivedLogs(JSONFields(derived.json)) == derived)
    }

    @Test(arguments: [
        #"{"match": "x", "level": "worst"}"#, #"{"match": "", "level": "info"}"#, #"{"match": "x"}"#, "5",
        #"{"match": "x", "level": "info", "more": 1}"#,
    ])
    func `a rule for levels that is none is named`(rule: String) {
        let content = parse(#"{"name": "r", "script": "a", "level_rules": [\#(rule)]}"#)
        #expect(content.issues.contains { "\($0)".contains("level_rules[0]") }, "\(content.issues)")
    }

    @Test func `what nobody writes about logs is what the customer asked for`() throws {
        let policy = try #require(parse(#"{"script": "a"}"#).apps.first).logPolicy
        // Spec rows A23 and A26.
        #expect(policy.maximumFileBytes == 20 << 20)
        #expect(policy.datePattern == "YYYY-MM-DD" && policy.frequency == .datePattern)
        #expect(policy.liveSeconds == 14 * 86_400)
        let days = LogClass.allCases.map { $0.archiveSeconds / 86_400 }
        #expect(days == [90, 365, 730])
    }

    @Test func `a growing delay is PM2's and wins over a fixed one`() throws {
        let content = parse(#"{"script": "a", "exp_backoff_restart_delay": 100, "restart_delay": 5000}"#)
        let restart = try #require(content.apps.first).restart
        #expect(restart.fixedDelay == nil)
        #expect(restart.backoff.initial == .milliseconds(100))
        #expect(restart.backoff.factor == 1.5)
        #expect(restart.backoff.maximum == .seconds(15))
        #expect(content.issues.map(\.severity) == [.warning])
    }

    @Test(arguments: [
        (#""wait_ready": true"#, ReadinessPolicy.notification(timeout: .seconds(30))),
        (#""wait_ready": true, "listen_timeout": 8000"#, .notification(timeout: .seconds(8))),
        (#""wait_ready": false"#, .immediate),
        (#""readiness": "notify""#, .notification(timeout: .seconds(30))),
        (#""readiness": {"type": "notify", "timeout": "1m"}"#, .notification(timeout: .seconds(60))),
        (#""readiness": "immediate""#, .immediate),
    ])
    func `readiness is read in PM2's words and ours`(_ text: String, _ readiness: ReadinessPolicy) {
        let content = parse(#"{"script": "a", \#(text)}"#)
        #expect(content.issues.isEmpty)
        #expect(content.apps.first?.readiness == readiness)
    }

    @Test(arguments: [
        (#"3"#, InstanceCount.exactly(3)), (#""3""#, .exactly(3)), (#""max""#, .processors(less: 0)),
        ("0", .processors(less: 0)), ("-1", .processors(less: 1)),
    ])
    func `instances may be a number, max, or relative to the processors`(
        _ text: String,
        _ count: InstanceCount
    ) {
        #expect(parse(#"{"script": "a", "instances": \#(text)}"#).apps.first?.instances == count)
    }

    @Test func `variables become text as PM2 makes them`() {
        let content = parse(
            #"""
            {"script": "a", "port": 80, "env": {"N": 8080, "F": 1.5, "B": true, "O": {"a": [1]}, "T": "x\ny"},
             "env_test": {"N": 1}}
            """#
        )
        #expect(content.issues.isEmpty)
        #expect(
            content.apps.first?.environment
                == ["N": "8080", "F": "1.5", "B": "true", "O": #"{"a":[1]}"#, "T": "x\ny", "PORT": "80"]
        )
        #expect(content.apps.first?.namedEnvironments == ["test": ["N": "1"]])
    }

    @Test func `limits, mask and priorities are read`() throws {
        let content = parse(
            """
            {"script": "a", "limits": {"nofile": {"soft": 10, "hard": "unlimited"}, "core": "unlimited", "as": "1G",
             "cpu": "2m", "nproc": 5}, "umask": "027", "nice": -5, "oom_score_adj": 300}
            """
        )
        #expect(content.issues.isEmpty)
        let limits = try #require(content.apps.first).limits
        #expect(limits.umask == 0o27)
        #expect(limits.nice == -5)
        #expect(limits.oomScoreAdjustment == 300)
        #expect(
            Set(limits.resources) == [
                ResourceLimit(resource: .openFiles, soft: 10, hard: nil),
                ResourceLimit(resource: .core, soft: nil, hard: nil),
                ResourceLimit(resource: .addressSpace, soft: 1 << 30, hard: 1 << 30),
                ResourceLimit(resource: .cpu, soft: 120, hard: 120),
                ResourceLimit(resource: .processes, soft: 5, hard: 5),
            ]
        )
    }

    @Test(arguments: [
        (#""database""#, [DependencyCondition.ready]), (#"["database"]"#, [.ready]),
        (#"{"database": "completed"}"#, [.completed]), (#"{"database": "started"}"#, [.started]), ("[]", []),
    ])
    func `dependencies may be a name, a list or conditions`(
        _ text: String,
        _ conditions: [DependencyCondition]
    ) {
        let content = parse(
            #"[{"script": "a", "depends_on": \#(text)}, {"script": "b", "name": "database"}]"#
        )
        #expect(content.issues.isEmpty)
        #expect(content.apps.first?.dependencies.map(\.condition) == conditions)
    }

    @Test func `null means not written`() {
        let content = parse(
            #"{"script": "a", "cwd": null, "env": null, "instances": null, "env_test": null}"#
        )
        #expect(content.issues.isEmpty)
        #expect(content.apps.first?.instances == .exactly(1))
    }

    @Test func `a file as PM2's users have it is read`() throws {
        let content = parse(
            """
            {
              "apps": [
                {
                  "name": "novi-platform", "script": "dist/server.js", "instances": 1, "exec_mode": "fork",
                  "autorestart": true, "watch": false, "max_memory_restart": "1G",
                  "env": {"NODE_ENV": "development", "PORT": 3000},
                  "env_production": {"NODE_ENV": "production", "PORT": 3000},
                  "error_file": "./logs/err.log", "out_file": "./logs/out.log", "merge_logs": true,
                  "min_uptime": "10s", "max_restarts": 10, "restart_delay": 4000, "kill_timeout": 5000,
                  "node_args": "--max-old-space-size=1024 --expose-gc", "stop_exit_codes": [0], "treekill": true
                }
              ],
              "deploy": {"production": {"user": "node", "host": ["203.0.113.7"], "ref": "origin/main"}}
            }
            """
        )
        #expect(content.issues.isEmpty)
        let app = try #require(content.apps.first)
        #expect(app.interpreterArguments == ["--max-old-space-size=1024", "--expose-gc"])
        #expect(app.restart.maximumUnstableRuns == 10)
        #expect(app.stop.killTimeout == .seconds(5))
        #expect(app.stop.signal == .terminate)
    }
}

/// F28: whatever is in the file, the answer is apps or issues with a place, quickly.
@Suite struct EcosystemFileFaultTests {
    @Test(arguments: [
        ("", "ecosystem.json: the file is empty"),
        (" \n\t\r\n", "ecosystem.json: the file is empty"),
        ("null", "ecosystem.json:1:1: expected an object with \"apps\", found null"),
        ("{}", "ecosystem.json:1:1: no \"apps\" in it"),
        (#"{"aps": []}"#, #"ecosystem.json:1:2: aps: unknown key (did you mean "apps"?)"#),
        (#"{"apps": {}}"#, "ecosystem.json:1:2: apps: expected a list of apps, found an object"),
        (
            #"{"apps": [5]}"#,
            "ecosystem.json:1:11: apps[0]: expected an app (an object with a script), found the number 5"
        ),
        (#"{"apps": [{}]}"#, "ecosystem.json:1:11: apps[0]: has no script"),
    ])
    func `a file without apps says so`(_ text: String, _ message: String) throws {
        let issues = parse(text).issues
        #expect(issues.containsErrors)
        let lines = issues.map { $0.description.split(separator: "\n")[0] }
        #expect(lines.contains(message[...]), "\(lines)")
    }

    @Test func `a file cut at any byte is refused with its place`() {
        let whole = Array(Self.valid.utf8)
        for length in 0..<whole.count {
            let content = EcosystemFile.parse(Array(whole[..<length]), fileName: "e.json")
            #expect(content.issues.containsErrors, "cut at \(length)")
            #expect(content.apps.isEmpty)
            if length > 0 { #expect(content.issues.first?.position != nil, "cut at \(length)") }
        }
    }

    @Test(arguments: [
        ("{\"apps\": [{\"script\": \"a\u{0}b\"}]}", 1, 24),
        ("{\"apps\": [\u{0}]}", 1, 11),
        ("{\"apps\": [] // comment\n}", 1, 13),
        ("{\n  apps: []\n}", 2, 3),
        ("{'apps': []}", 1, 2),
        ("{\"apps\": [],}", 1, 13),
        ("module.exports = {}", 1, 1),
    ])
    func `what is not JSON is refused with line and column`(_ text: String, _ line: Int, _ column: Int) {
        let content = parse(text)
        #expect(content.apps.isEmpty)
        #expect(content.issues.map(\.position) == [SourcePosition(line: line, column: column)])
    }

    @Test func `UTF-16, broken UTF-8 and a huge file are refused`() {
        #expect(
            EcosystemFile.parse([0xFF, 0xFE, 0x7B, 0], fileName: "e").issues.first?.message == "UTF-16 text"
        )
        let broken = Array(#"{"apps": [{"script": ""#.utf8) + [0xC3, 0x28] + Array(#""}]}"#.utf8)
        #expect(EcosystemFile.parse(broken, fileName: "e").issues.containsErrors)
        let huge = [UInt8](repeating: 0x20, count: 100_000_000)
        let clock = ContinuousClock()
        let time = clock.measure {
            #expect(
                EcosystemFile.parse(huge, fileName: "e").issues.first?.message
                    == "larger than 4 MiB; not read"
            )
        }
        #expect(time < .seconds(1))
    }

    @Test func `deep nesting ends in an error, not in a crash`() {
        let deep = String(repeating: "[", count: 200_000)
        #expect(parse(deep).issues.containsErrors)
        let objects = String(repeating: "{\"a\":", count: 100_000)
        #expect(parse(objects).issues.containsErrors)
    }

    @Test func `more mistakes than anybody reads are cut off`() {
        let apps = (0..<1500).map { _ in "{\"nonsense\": 1}" }.joined(separator: ",")
        let issues = parse("[\(apps)]").issues
        #expect(issues.count == ConfigurationLimits.maximumIssues)
        #expect(issues.last?.message == "and more: only the first 199 mistakes are told")
    }

    @Test func `a chain of a thousand dependencies is checked, a ring of them is named`() {
        func chain(closed: Bool) -> String {
            let apps = (0..<1000).map { number -> String in
                let last = number == 999
                let dependency =
                    last ? (closed ? ", \"depends_on\": \"a0\"" : "") : ", \"depends_on\": \"a\(number + 1)\""
                return "{\"script\": \"x\", \"name\": \"a\(number)\"\(dependency)}"
            }
            return "[\(apps.joined(separator: ","))]"
        }
        #expect(parse(chain(closed: false)).issues.isEmpty)
        let issues = parse(chain(closed: true)).issues
        #expect(issues.count == 1)
        #expect(issues.first?.message.hasSuffix("a998 → a999 → a0") == true)
    }

    @Test func `a valid file with random damage gives apps or issues`() {
        var random = AppDefinitionJSONTests.Generator(state: 1)
        let pieces = [
            "null", "true", "-1", "1e999", "\"\"", "{}", "[]", "{", "}", "[", "]", ",", ":", "\"", "\\",
            "\u{0}", "é",
            "999999999999999999999", "\"apps\"", "0",
        ]
        let valid = Array(Self.valid.utf8)
        var accepted = 0
        for _ in 0..<1000 {
            var bytes = valid
            for _ in 0..<(1 + random.below(3)) {
                let start = random.below(bytes.count)
                let end = min(bytes.count, start + random.below(12))
                bytes.replaceSubrange(start..<end, with: Array(pieces[random.below(pieces.count)].utf8))
            }
            let content = EcosystemFile.parse(bytes, fileName: "e")
            #expect(!content.apps.isEmpty || !content.issues.isEmpty || bytes.count < valid.count)
            if !content.issues.containsErrors { accepted += 1 }
            var context = ResolutionContext(directory: "/srv/app")
            context.inheritedEnvironment = ["PATH": "/usr/bin"]
            let result = AppResolution.resolve(content.apps, in: context, host: FakeHost())
            #expect(result.apps.allSatisfy { $0.command.executable.hasPrefix("/") })
        }
        #expect(accepted > 0)
    }

    static let valid = """
        {
          "apps": [
            {"name": "database", "script": "./server", "args": ["database", 5], "stop_signal": "SIGINT",
             "kill_timeout": "60s", "readiness": {"type": "notify", "timeout": "60s"},
             "uid": {"if_root": "postgres"}, "enabled": {"unless_env": "DATABASE_URL"}},
            {"script": "app.js", "name": "api", "depends_on": {"database": "ready"}, "instances": 2,
             "memory": {"soft": "500M", "hard": "800M", "per_hour": 2}, "listen": ["tcp://127.0.0.1:3000"],
             "env": {"NODE_ENV": "dev", "N": 5}, "env_production": {"NODE_ENV": "production"}, "watchdog": "30s",
             "limits": {"nofile": {"soft": 100, "hard": 200}, "core": "unlimited"}, "umask": "027",
             "backoff": {"initial": "1s", "factor": 2, "max": "1m"}, "stop_exit_codes": [0, 3]}
          ]
        }
        """
}
