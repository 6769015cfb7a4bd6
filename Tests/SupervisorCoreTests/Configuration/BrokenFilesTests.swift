import SupervisorCore
import Testing

/// Files with several mistakes each: every mistake is told, at once, with its place and a way out.
@Suite struct BrokenFilesTests {
    /// A file and the first lines of what is said about it.
    struct Broken: CustomTestStringConvertible {
        var name: String
        var text: String
        var messages: [String]
        var testDescription: String { name }
    }

    @Test(arguments: files)
    func `every mistake is named with its place`(_ file: Broken) {
        let issues = parse(file.text).issues
        let lines = issues.map {
            String($0.description.split(separator: "\n")[0].dropFirst("ecosystem.json:".count))
        }
        #expect(Set(lines) == Set(file.messages))
        #expect(lines.count == file.messages.count)
        #expect(issues.containsErrors)
    }

    @Test func `issues go by the lines of their file, those without a place last`() {
        func issue(
            _ message: String,
            _ line: Int?,
            _ column: Int = 1,
            file: String = "e"
        ) -> ConfigurationIssue {
            let position = line.map { SourcePosition(line: $0, column: column) }
            return ConfigurationIssue(file: file, position: position, message: message)
        }
        let issues = [
            issue("f", nil), issue("c", 2, 9), issue("a", 1), issue("g", 1, file: "x"), issue("b", 2, 3),
            issue("d", 2, 9), issue("e", 10),
        ]
        #expect(issues.inFileOrder.map(\.message) == ["a", "b", "c", "d", "e", "f", "g"])
    }

    @Test func `an issue shows file, place, path, message and hint`() {
        let issue = ConfigurationIssue(
            file: "ecosystem.json",
            position: SourcePosition(line: 12, column: 7),
            path: "apps[1].uid",
            message: "no user is named \"x\"",
            hint: "create it",
            severity: .warning
        )
        #expect(
            issue.description
                == "ecosystem.json:12:7: warning: apps[1].uid: no user is named \"x\"\n  hint: create it"
        )
        #expect(ConfigurationIssue(file: "f", message: "m").description == "f: m")
    }

    static let files = [
        Broken(
            name: "slips of the pen",
            text: """
                {"apps": [
                  {"scirpt": "a.js"},
                  {"script": "b.js", "restart_dealy": 5,
                   "intances": 2, "zzzzz": 1}
                ]}
                """,
            messages: [
                #"2:4: apps[0].scirpt: unknown key (did you mean "script"?)"#,
                "2:3: apps[0]: has no script",
                #"3:22: apps[1].restart_dealy: unknown key (did you mean "restart_delay"?)"#,
                #"4:4: apps[1].intances: unknown key (did you mean "instances"?)"#,
                "4:19: apps[1].zzzzz: unknown key",
            ]
        ),
        Broken(
            name: "comments and trailing commas",
            text: """
                {"apps": [ // ours
                  {"scirpt": "a.js",},
                  /* theirs */
                ]}
                """,
            messages: [
                "1:12: comments are not allowed in JSON; take this one out",
                #"2:21: a comma before "}" is not allowed in JSON"#,
                #"2:4: apps[0].scirpt: unknown key (did you mean "script"?)"#,
                "2:3: apps[0]: has no script",
                "3:3: comments are not allowed in JSON; take this one out",
                #"4:1: a comma before "]" is not allowed in JSON"#,
            ]
        ),
        Broken(
            name: "wrong types",
            text: """
                [{"script": 5},
                 {"script": "a", "name": "a", "autorestart": "true", "instances": 1.5, "env": "X=1",
                  "args": {"a": 1}, "max_restarts": "many", "kill_timeout": true}]
                """,
            messages: [
                "1:3: [0].script: expected a path, a program or a command line, found the number 5",
                #"2:31: [1].autorestart: expected true or false, found the text "true""#,
                #"2:54: [1].instances: expected a whole number or "max", found the number 1.5"#,
                #"2:72: [1].env: expected an object with variables, found the text "X=1""#,
                "3:3: [1].args: expected a text or a list of texts, found an object",
                #"3:21: [1].max_restarts: expected a whole number or "unlimited", found the text "many""#,
                "3:45: [1].kill_timeout: expected a time, found true",
            ]
        ),
        Broken(
            name: "out of range",
            text: """
                {"script": "a", "max_memory_restart": "100", "nice": 20, "oom_score_adj": -1001,
                 "stop_exit_codes": [0, 256], "instances": 5000, "min_uptime": -5,
                 "umask": "888", "kill_timeout": "99999d"}
                """,
            messages: [
                "1:17: max_memory_restart: 100 B is less than any process needs",
                "1:46: nice: 20 is out of range: -20 to 19",
                "1:58: oom_score_adj: -1001 is out of range: -1000 to 1000",
                "2:25: stop_exit_codes[1]: 256 is out of range: 0 to 255",
                "2:31: instances: 5000 is out of range: at most 1000 instances",
                "2:50: min_uptime: a time cannot be negative",
                #"3:2: umask: the text "888" is no file mode mask"#,
                "3:18: kill_timeout: longer than 720h",
            ]
        ),
        Broken(
            name: "dependencies",
            text: """
                [{"script": "x", "name": "api", "depends_on": ["database", "databse"]},
                 {"script": "x", "name": "database", "depends_on": {"cache": "ready"}},
                 {"script": "x", "name": "cache", "depends_on": "api"},
                 {"script": "x", "name": "self", "depends_on": {"self": "redy"}},
                 {"script": "x", "name": "own", "depends_on": "own"}]
                """,
            messages: [
                #"1:33: [0].depends_on: no app is named "databse" (did you mean "database"?)"#,
                "1:33: [0].depends_on: the apps wait for each other: api → database → cache → api",
                #"4:49: [3].depends_on.self: unknown condition "redy" (did you mean "ready"?)"#,
                "5:33: [4].depends_on: own depends on itself",
            ]
        ),
        Broken(
            name: "names",
            text: """
                [{"script": "a.js"},
                 {"script": "b/a.py"},
                 {"script": "x", "name": "my app"},
                 {"script": "x", "name": ""},
                 {"script": "x", "namespace": "a:b"}]
                """,
            messages: [
                "2:2: [1].name: [0] is named a, too",
                #"3:18: [2].name: the text "my app" cannot be a name"#,
                "4:18: [3].name: must not be empty",
                #"5:18: [4].namespace: the text "a:b" cannot be a namespace"#,
            ]
        ),
        Broken(
            name: "written twice",
            text: """
                {"apps": [
                  {"script": "a", "exec": "b", "out": "1", "out_file": "2"},
                  {"script": "c", "name": "c", "env": {"A": "1"}, "env": {"A": "2"}}
                ]}
                """,
            messages: [
                "2:19: apps[0].exec: the same setting as apps[0].script",
                "2:44: apps[0].out_file: the same setting as apps[0].out",
                "3:51: apps[1].env: written twice",
            ]
        ),
        Broken(
            name: "a name that is taken by an app of no use",
            text: """
                {"apps": [
                  {"name": "db"},
                  {"name": "db", "script": "./db"},
                  {"name": "api", "script": "./api", "depends_on": ["db"]}
                ]}
                """,
            messages: [
                "2:3: apps[0]: has no script",
                "3:4: apps[1].name: apps[0] is named db, too",
            ]
        ),
        Broken(
            name: "environment",
            text: #"""
                {"script": "a", "env": {"A=B": "1", "": "2", "N": null, "Z": "a\u0000b", "E": "\u001b[0m"},
                 "env_file": [5], "env_fiel": "x", "instance_var": "a=b"}
                """#,
            messages: [
                #"1:25: env["A=B"]: cannot be the name of a variable"#,
                #"1:37: env[""]: cannot be the name of a variable"#,
                "1:46: env.N: null is no value",
                "1:57: env.Z: holds a NUL character, which no program can receive",
                "1:74: env.E: holds a control character",
                "2:15: env_file[0]: expected a path, found the number 5",
                #"2:19: env_fiel: expected an object with the variables of the environment "fiel", found the text "x""#,
                #"2:36: instance_var: the text "a=b" cannot be the name of a variable"#,
            ]
        ),
        Broken(
            name: "modes and sockets",
            text: """
                [{"script": "a", "name": "a", "exec_mode": "cluster", "listen": "127.0.0.1:80", "interpreter": "node@20"},
                 {"script": "b", "exec_mode": "thread", "listen": ["tcp://127.0.0.1:80", "tcp://example.org:80"],
                  "stop_signal": "SIGSTOPP"},
                 {"script": "c", "listen": "tcp://127.0.0.1:80", "max_size": "1k", "frequency": "7x",
                  "log_class": "acess", "level_files": {"worst": "e.log"}}]
                """,
            messages: [
                "1:31: [0].exec_mode: cluster mode is not supported yet",
                #"1:55: [0].listen: neither a "tcp://" nor a "unix://" address"#,
                "1:81: [0].interpreter: versions of Node are not looked up",
                #"2:18: [1].exec_mode: the text "thread" is no mode"#,
                #"2:74: [1].listen[1]: the host "example.org" is neither numeric nor localhost"#,
                #"3:3: [1].stop_signal: the text "SIGSTOPP" is no signal"#,
                "4:18: [2].listen: tcp://127.0.0.1:80 belongs to b",
                "4:50: [2].max_size: 1024 bytes are too few for a file",
                #"4:68: [2].frequency: expected "daily", "hourly", "never", or minutes or hours of a day such as "5m", "3h", found the text "7x""#,
                #"5:3: [2].log_class: unknown value "acess" (did you mean "access"?)"#,
                #"5:41: [2].level_files.worst: unknown level "worst""#,
            ]
        ),
        Broken(
            name: "our own objects",
            text: """
                {"script": "a", "memory": {"soft": "800M", "hard": "500M", "per_hours": 2},
                 "limits": {"nofile": {"soft": 5}, "files": 3, "core": {"soft": "2G", "hard": "1G"}},
                 "backoff": {"factor": 0.5, "initial": "1m"}, "readiness": {"timeout": "5s"},
                 "uid": {"if_rot": "x"}, "enabled": {"if_env": "A", "unless_env": "B"}}
                """,
            messages: [
                "1:17: memory: soft (800.0 MiB) is not below hard (500.0 MiB)",
                #"1:60: memory.per_hours: unknown key (did you mean "per_hour"?)"#,
                #"2:13: limits.nofile: needs both "soft" and "hard""#,
                "2:36: limits.files: unknown key",
                #"2:57: limits.core.soft: is above "hard""#,
                "3:14: backoff.factor: the number 0.5 is out of range: 1.0 to 1000.0",
                "3:29: backoff.initial: initial (1m) is longer than max (15s)",
                #"3:47: readiness: needs a type: "immediate" or "notify""#,
                #"4:10: uid.if_rot: unknown key (did you mean "if_root"?)"#,
                #"4:26: enabled: needs one of "if_env" and "unless_env""#,
            ]
        ),
        Broken(
            name: "a file in other hands",
            text: """
                {"app": [{"script": "a"}],
                 "apps": [{"script": " ", "name": "b"}, "c", {"script": "d", "args": "'open", "cwd": ""}],
                 "apps": 5,
                 "static": []}
                """,
            messages: [
                #"1:2: app: unknown key (did you mean "apps"?)"#,
                "3:2: apps: written twice",
                "2:12: apps[0].script: must not be blank",
                #"2:41: apps[1]: expected an app (an object with a script), found the text "c""#,
                "2:62: apps[2].args: a quote (') is never closed",
                "2:79: apps[2].cwd: must not be empty",
                "4:2: warning: static: static servers are not supported yet",
            ]
        ),
    ]
}
