import Shared
import SupervisorCore
import Testing

@Suite struct CommandResolutionTests {
    @Test(arguments: [
        (#""script": "app.js""#, "/usr/bin/node", ["/srv/app/app.js"]),
        (
            #""script": "app.js", "node_args": "--inspect", "args": "a 'b c'""#, "/usr/bin/node",
            ["--inspect", "/srv/app/app.js", "a", "b c"]
        ),
        (#""script": "./app.py", "args": [1]"#, "/usr/bin/python3", ["/srv/app/app.py", "1"]),
        (#""script": "/srv/app/server", "args": ["x"]"#, "/srv/app/server", ["x"]),
        (#""script": "run""#, "/srv/app/run", []),
        (#""script": "notes", "interpreter": "bash""#, "/usr/bin/bash", ["/srv/app/notes"]),
        (#""script": "notes", "interpreter": "/usr/bin/sh""#, "/usr/bin/sh", ["/srv/app/notes"]),
        (#""script": "run", "interpreter": "none", "args": "5""#, "/srv/app/run", ["5"]),
        (#""script": "sleep", "args": "60""#, "/usr/bin/sleep", ["60"]),
        (#""script": "sleep 60""#, "/usr/bin/sleep", ["60"]),
        (#""script": "sleep 60", "args": ["61"]"#, "/usr/bin/sleep", ["60", "61"]),
        (#""script": "./server --port 80""#, "/srv/app/server", ["--port", "80"]),
        (#""script": "sleep 60 && echo done""#, "/usr/bin/bash", ["-c", "sleep 60 && echo done"]),
        (#""script": "noviWorker", "args": ["api"]"#, "/opt/novi/bin/noviWorker", ["api"]),
        (
            #""script": "app.js", "cwd": "../app/.", "env": {"PATH": "/usr/bin"}"#, "/usr/bin/node",
            ["/srv/app/app.js"]
        ),
    ])
    func `a script becomes a program and its arguments`(
        _ settings: String,
        _ program: String,
        _ arguments: [String]
    ) {
        let result = resolve(settings)
        #expect(result.issues.isEmpty)
        #expect(result.apps.first?.command.executable == program)
        #expect(result.apps.first?.command.arguments == arguments)
    }

    @Test(arguments: [
        (
            #""script": "./none.js""#,
            "apps[0].script: cannot use the script /srv/app/none.js: no such file or folder"
        ),
        (
            #""script": "nothing""#,
            "apps[0].script: no file /srv/app/nothing, and no program \"nothing\" in PATH"
        ),
        (#""script": "/srv/app", "name": "a""#, "apps[0].script: /srv/app is a folder"),
        (
            #""script": "notes""#,
            "apps[0].script: /srv/app/notes is not executable, and its name tells no interpreter"
        ),
        (
            #""script": "wrong""#,
            "apps[0].script: /srv/app/wrong is neither a program nor a script with a #! line"
        ),
        (
            #""script": "app.js", "env": {"PATH": "/bin"}"#,
            "apps[0].script: /srv/app/app.js needs node, which is not in PATH"
        ),
        (#""script": "app.js", "interpreter": "deno""#, "apps[0].interpreter: no program \"deno\" in PATH"),
        (
            #""script": "app.js", "interpreter": "./deno""#,
            "apps[0].interpreter: cannot use the interpreter /srv/app/deno: no such file or folder"
        ),
        (#""script": "nothing 60""#, "apps[0].script: no program \"nothing\" in PATH"),
        (#""script": "sleep 'x", "name": "a""#, "apps[0].script: a quote (') is never closed"),
        (
            #""script": "a | b", "name": "a", "args": "c""#,
            "apps[0].args: \"args\" cannot be added to a command line for the shell"
        ),
        (
            #""script": "run", "cwd": "/none""#,
            "apps[0].cwd: cannot use the working directory /none: no such file or folder"
        ),
        (#""script": "/srv/app/run", "cwd": "notes""#, "apps[0].cwd: /srv/app/notes is not a folder"),
        (
            #""script": "run", "env_file": ".env""#,
            "apps[0].env_file: cannot read /srv/app/.env: no such file or folder"
        ),
        (
            #""script": "run", "increment_var": "PORT""#,
            "apps[0].increment_var: the variable PORT is not set, so it cannot be counted up"
        ),
        (
            #""script": "run", "increment_var": "PORT", "env": {"PORT": "x"}"#,
            "apps[0].increment_var: the variable PORT holds no whole number to count up from"
        ),
    ])
    func `what is missing is named with its exact path`(_ settings: String, _ message: String) {
        let result = resolve(settings)
        #expect(result.apps.isEmpty)
        let texts = result.issues.map { "\($0.path): \($0.message)" }
        #expect(texts.contains(message), "\(texts)")
        #expect(result.issues.allSatisfy { $0.position != nil })
    }

    @Test func `the program beside ours wins over one installed elsewhere, unless both are in PATH`() {
        var host = FakeHost()
        host.addProgram("/usr/bin/noviWorker")
        #expect(
            resolve(#""script": "noviWorker""#, host: host).apps.first?.command.executable
                == "/opt/novi/bin/noviWorker"
        )
        host.defaultSearchPath = "/usr/bin:/opt/novi/bin"
        #expect(
            resolve(#""script": "noviWorker""#, host: host).apps.first?.command.executable
                == "/usr/bin/noviWorker"
        )
    }

    @Test
    func
        `instances relative to the processors are counted, and a Node app is warned of missing cluster mode`()
    {
        #expect(resolve(#""script": "run", "instances": "max""#).apps.first?.instances == 4)
        #expect(resolve(#""script": "run", "instances": -1"#).apps.first?.instances == 3)
        #expect(resolve(#""script": "run", "instances": -9"#).apps.first?.instances == 1)
        let node = resolve(#""script": "app.js", "instances": 2"#)
        #expect(node.apps.first?.instances == 2)
        #expect(node.issues.map(\.severity) == [.warning])
        #expect(resolve(#""script": "app.js", "instances": 2, "exec_mode": "fork""#).issues.isEmpty)
    }

    @Test func `paths of logs and pid file are relative to the working directory`() {
        let app = resolve(#""script": "run", "out": "logs/o.log", "err": "NULL", "pid": "../a.pid""#).apps
            .first
        #expect(app?.logs.output == "/srv/app/logs/o.log")
        #expect(app?.logs.error == "/dev/null")
        #expect(app?.pidFile == "/srv/a.pid")
    }
}

@Suite struct EnvironmentResolutionTests {
    private let caller = [
        "PATH": "/usr/bin", "HOME": "/home/amara", "EDITOR": "vi", "AWS_SECRET": "x", "NOTIFY_SOCKET": "/s",
        "LISTEN_FDS": "1", "WATCHDOG_USEC": "5", "JOURNAL_STREAM": "1:2", "CREDENTIALS_DIRECTORY": "/c",
        "INVOCATION_ID": "i", "NOVI_RUN": "r", "NOVI_APP": "outer", "NOVI_ENV": "test", "PWD": "/x", "_": "y",
        "LISTEN_ANYTHING": "z", "NODE_CHANNEL_FD": "3",
    ]

    @Test func `an app inherits the caller's variables, but none that speak of the caller itself`() {
        let app = resolve(#""script": "run""#) { $0.inheritedEnvironment = caller }.apps.first
        #expect(
            app?.environment
                == [
                    "PATH": "/usr/bin:/opt/novi/bin", "HOME": "/home/amara", "EDITOR": "vi",
                    "AWS_SECRET": "x", "NOVI_ENV": "test",
                ]
        )
        #expect(app?.declaredVariables.isEmpty == true)
    }

    @Test func `a service gives its apps a minimal environment`() {
        let app = resolve(#""script": "run", "env": {"A": 1}"#).apps.first
        #expect(
            app?.environment
                == [
                    "PATH": "/usr/bin:/bin:/opt/novi/bin", "LANG": "C.UTF-8", "HOME": "/home/amara", "A": "1",
                ]
        )
        #expect(app?.declaredVariables == ["A"])
    }

    @Test func `env_file is weaker than env, and the chosen env_NAME is strongest`() {
        var host = FakeHost()
        host.addFile("/srv/app/one.env", "A=1\nB=1\nC=1\nD=1\n")
        host.addFile("/srv/app/two.env", "B=2\nC=2\nD=2\nNOVI_RUN=x\n")
        let settings = """
            "script": "run", "env_file": ["one.env", "two.env"], "env": {"C": "3", "D": "3"},
            "env_production": {"D": "4"}, "filter_env": true
            """
        let app = resolve(settings, host: host) {
            $0.environmentName = "production"
            $0.inheritedEnvironment = caller
        }.apps.first
        #expect(app?.declaredEnvironment == ["A": "1", "B": "2", "C": "3", "D": "4"])
        #expect(app?.environment["EDITOR"] == nil)
        #expect(resolve(settings, host: host).apps.first?.environment["D"] == "3")
    }

    @Test(arguments: [
        (#"["AWS", "EDIT"]"#, ["HOME", "NOVI_ENV", "PATH"]),
        (#""EDITOR""#, ["AWS_SECRET", "HOME", "NOVI_ENV", "PATH"]),
        ("true", ["HOME", "LANG", "PATH"]), ("false", ["AWS_SECRET", "EDITOR", "HOME", "NOVI_ENV", "PATH"]),
    ])
    func `filter_env cuts the caller's part`(_ filter: String, _ names: [String]) {
        let app = resolve(#""script": "run", "filter_env": \#(filter)"#) { $0.inheritedEnvironment = caller }
            .apps.first
        #expect(app?.environment.keys.sorted() == names)
    }

    @Test func `an environment that no app has is an error that lists those there are`() {
        let result = resolve(#""script": "run", "env_production": {}, "env_staging": {}"#) {
            $0.environmentName = "prodution"
        }
        #expect(
            result.issues.map(\.message) == [
                "no app has an environment \"prodution\" (did you mean \"production\"?)"
            ]
        )
        #expect(result.issues.first?.hint == "the file has: production, staging")
    }

    @Test func `mistakes in an env_file are named with its path and line`() {
        var host = FakeHost()
        host.addFile("/srv/app/.env", "A=1\nB\n")
        let result = resolve(#""script": "run", "env_file": ".env""#, host: host)
        #expect(result.issues.first?.description.hasPrefix("/srv/app/.env:2:1: no \"=\" after \"B\"") == true)
    }

    @Test func `a file that is read again leaves an app what it inherited`() throws {
        let settings = #""script": "run", "name": "a", "env": {"A": 1}"#
        let first = try #require(resolve(settings) { $0.inheritedEnvironment = caller }.apps.first)
        let again = resolve(settings) {
            $0.storedEnvironments = [first.name: first.inheritedEnvironment]
        }
        #expect(again.apps == [first])
    }

    @Test func `Python prints its lines at once, unless told otherwise`() {
        #expect(resolve(#""script": "app.py""#).apps.first?.environment["PYTHONUNBUFFERED"] == "1")
        let app = resolve(#""script": "app.py", "env": {"PYTHONUNBUFFERED": ""}"#).apps.first
        #expect(app?.environment["PYTHONUNBUFFERED"]?.isEmpty == true)
        #expect(resolve(#""script": "app.js""#).apps.first?.environment["PYTHONUNBUFFERED"] == nil)
    }
}

@Suite struct UserResolutionTests {
    private var root: FakeHost {
        var host = FakeHost()
        host.userID = 0
        return host
    }

    @Test func `as root, uid becomes ids, groups and the variables of that user`() throws {
        let app = try #require(resolve(#""script": "run", "uid": "postgres""#, host: root).apps.first)
        #expect(
            app.user == AppUser(name: "postgres", userID: 110, groupID: 115, supplementaryGroupIDs: [101])
        )
        #expect(app.environment["HOME"] == "/var/lib/postgresql")
        #expect(app.environment["USER"] == "postgres")
        #expect(app.environment["LOGNAME"] == "postgres")
        let other = resolve(
            #""script": "run", "uid": 110, "gid": "staff", "env": {"HOME": "/x"}"#,
            host: root
        )
        #expect(other.apps.first?.user?.groupID == 50)
        #expect(other.apps.first?.environment["HOME"] == "/x")
    }

    @Test func `if_root counts only for root`() {
        let settings = #""script": "run", "uid": {"if_root": "postgres"}"#
        #expect(resolve(settings).apps.first?.user == nil)
        #expect(resolve(settings).issues.isEmpty)
        #expect(resolve(settings, host: root).apps.first?.user?.userID == 110)
    }

    @Test(arguments: [
        (#""uid": "postgres""#, false, "cannot run as postgres: the supervisor does not run as root"),
        (#""uid": "nobody2""#, true, "no user is named \"nobody2\""),
        (#""uid": 4711"#, true, "no user has the number 4711"),
        (#""uid": "postgres", "gid": "wheel""#, true, "no group is named \"wheel\""),
        (#""gid": "staff""#, false, "cannot run as amara: the supervisor does not run as root"),
    ])
    func `a user that cannot be is an issue`(_ settings: String, _ isRoot: Bool, _ message: String) {
        let result = resolve("\"script\": \"run\", \(settings)", host: isRoot ? root : FakeHost())
        #expect(result.apps.isEmpty)
        #expect(result.issues.map(\.message) == [message])
    }

    @Test func `one's own name needs no switch`() {
        let result = resolve(#""script": "run", "uid": "amara""#)
        #expect(result.issues.isEmpty)
        #expect(result.apps.first?.user == nil)
    }

    @Test func `the folder that keeps a switched user out is named`() {
        var host = root
        host.addFolder("/root", permissions: 0o700)
        host.addFolder("/root/project")
        host.addFile("/root/project/run", "#!/bin/sh\n", permissions: 0o755)
        let result = resolve(#""script": "run", "cwd": "/root/project", "uid": "postgres""#, host: host)
        #expect(
            result.issues.map(\.message)
                == ["user postgres cannot enter /root, and so not reach the working directory /root/project"]
        )
        #expect(
            resolve(#""script": "run", "cwd": "/root/project", "uid": "root", "gid": 0"#, host: host).issues
                .isEmpty
        )
    }

    @Test func `script and data folder must be within the user's reach, too`() {
        var host = root
        host.addFolder("/srv/app/closed", permissions: 0o750)
        host.addFile("/srv/app/closed/run", "#!/bin/sh\n", permissions: 0o755)
        host.addFile("/srv/app/own", "#!/bin/sh\n", permissions: 0o700)
        host.addFile("/srv/app/secret.js", "", permissions: 0o600)
        host.addFolder("/root", permissions: 0o700)
        func message(_ settings: String, state: String? = nil) -> String? {
            resolve("\(settings), \"uid\": \"postgres\"", host: host) { $0.stateDirectory = state }.issues
                .first?.message
        }
        #expect(
            message(#""script": "closed/run""#)
                == "user postgres cannot enter /srv/app/closed, and so not reach the program /srv/app/closed/run"
        )
        #expect(message(#""script": "own""#) == "user postgres cannot execute the program /srv/app/own")
        #expect(
            message(#""script": "secret.js""#) == "user postgres cannot read the script /srv/app/secret.js"
        )
        #expect(
            message(#""script": "run""#, state: "/root/.novi/state")
                == "user postgres cannot enter /root, and so not reach the data folder /root/.novi/state"
        )
        #expect(message(#""script": "run""#, state: "/var/lib/novi") == nil)
    }

    @Test func `an access list leaves the decision to the kernel`() {
        var host = root
        host.addFolder("/srv/app/closed", permissions: 0o750)
        host.addFile("/srv/app/closed/run", "#!/bin/sh\n", permissions: 0o755)
        host.files["/srv/app/closed"]?.attributes.hasAccessControlList = true
        #expect(resolve(#""script": "closed/run", "uid": "postgres""#, host: host).issues.isEmpty)
    }

    @Test func `root does not write logs where the app's user may put links`() {
        var host = root
        host.addFolder("/srv/app/logs", owner: 110)
        let result = resolve(#""script": "run", "uid": "postgres", "out_file": "logs/o.log""#, host: host)
        #expect(
            result.issues.map(\.message) == [
                "user postgres may write in /srv/app/logs, where root would write its log"
            ]
        )
    }
}

@Suite struct SelectionResolutionTests {
    private func resolveAll(
        _ text: String,
        change: (inout ResolutionContext) -> Void = { _ in }
    ) -> AppResolution.Result {
        var context = ResolutionContext(directory: "/srv/app")
        change(&context)
        return AppResolution.resolve(parse(text).apps, in: context, host: FakeHost())
    }

    private let three = """
        [{"script": "run", "name": "db"}, {"script": "run", "name": "api", "depends_on": "db", "namespace": "web"},
         {"script": "run", "name": "mail"}]
        """

    @Test func `only what is named and what it needs is chosen`() {
        #expect(resolveAll(three) { $0.selection = ["api"] }.apps.map(\.name.rawValue) == ["db", "api"])
        #expect(resolveAll(three) { $0.selection = ["web"] }.apps.map(\.name.rawValue) == ["db", "api"])
        #expect(resolveAll(three) { $0.selection = ["mail"] }.apps.map(\.name.rawValue) == ["mail"])
        #expect(
            resolveAll(three) { $0.selection = ["mial"] }.issues.map(\.message)
                == ["no app is named \"mial\" (did you mean \"mail\"?)"]
        )
    }

    @Test func `an app that is left out counts as satisfied, and that is said`() {
        let text = """
            [{"script": "run", "name": "db", "enabled": {"unless_env": "DATABASE_URL"}},
             {"script": "run", "name": "api", "depends_on": "db"}]
            """
        #expect(resolveAll(text).apps.count == 2)
        #expect(resolveAll(text) { $0.conditionEnvironment = ["DATABASE_URL": ""] }.apps.count == 2)
        let without = resolveAll(text) { $0.conditionEnvironment = ["DATABASE_URL": "postgres://x"] }
        #expect(without.apps.map(\.name.rawValue) == ["api"])
        #expect(without.apps.first?.dependencies.isEmpty == true)
        #expect(without.issues.map(\.severity) == [.warning])
        #expect(
            without.issues.first?.message == "db is left out (DATABASE_URL is set) and counts as satisfied"
        )
    }
}

@Suite struct ConfigurationChangeTests {
    @Test(arguments: [
        (#""instances": 2"#, ["instances"], false), (#""max_restarts": 3"#, ["restart"], false),
        (#""max_memory_restart": "1G""#, ["memory"], false), (#""kill_timeout": 5"#, ["stop"], false),
        (#""autostart": false"#, ["autostart"], false), (#""namespace": "x""#, ["namespace"], false),
        (#""args": "x""#, ["command"], true), (#""env": {"A": 1}"#, ["env"], true),
        (#""cwd": "/srv""#, ["cwd"], true), (#""limits": {"core": 0}"#, ["limits"], true),
        (#""out": "x""#, ["logs"], true), (#""listen": "tcp://[::]:1""#, ["listen"], true),
        (#""wait_ready": true"#, ["readiness"], true), (#""watchdog": "5s""#, ["watchdog"], true),
        (#""args": "x", "instances": 3"#, ["command", "instances"], true),
    ])
    func `a change is live or needs a restart`(
        _ settings: String,
        _ fields: [String],
        _ needsRestart: Bool
    ) throws {
        let old = try #require(resolve(#""script": "/srv/app/run""#).apps.first)
        let new = try #require(resolve("\"script\": \"/srv/app/run\", \(settings)").apps.first)
        let change = ConfigurationChange(from: old, to: new)
        #expect(change.fields == fields)
        #expect(change.needsRestart == needsRestart)
        #expect(ConfigurationChange(from: old, to: old).isEmpty)
    }

    @Test func `another terminal's variables are no change`() throws {
        func app(_ terminal: String) throws -> AppDefinition {
            let result = resolve(#""script": "run", "env": {"A": 1}"#) {
                $0.inheritedEnvironment = ["PATH": "/usr/bin", "TERM_SESSION": terminal]
            }
            return try #require(result.apps.first)
        }
        #expect(try ConfigurationChange(from: app("1"), to: app("2")).isEmpty)
    }

    @Test func `two configurations are compared by the names of their apps`() throws {
        func app(_ settings: String) throws -> AppDefinition { try #require(resolve(settings).apps.first) }
        let old = try [
            app(#""script": "run", "name": "gone""#), app(#""script": "run", "name": "same""#),
            app(#""script": "run", "name": "other""#),
        ]
        let new = try [
            app(#""script": "run", "name": "other", "instances": 2"#),
            app(#""script": "run", "name": "new""#),
            app(#""script": "run", "name": "same""#),
        ]
        let difference = ConfigurationDifference(from: old, to: new)
        #expect(difference.added.map(\.name.rawValue) == ["new"])
        #expect(difference.removed.map(\.name.rawValue) == ["gone"])
        #expect(difference.changed.map(\.app.name.rawValue) == ["other"])
        #expect(difference.unchanged.map(\.name.rawValue) == ["same"])
        #expect(ConfigurationDifference(from: old, to: old).isEmpty)
    }
}
