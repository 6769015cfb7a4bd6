import SupervisorCore
import Testing

@Suite struct SharedFilesTests {
    private func resolveAll(_ text: String, _ host: FakeHost = FakeHost()) -> AppResolution.Result {
        AppResolution.resolve(parse(text).apps, in: ResolutionContext(directory: "/srv/app"), host: host)
    }

    @Test func `two apps cannot write one file, by one name or two`() {
        let same = resolveAll(
            """
            [{"script": "run", "name": "a", "out": "x.log"}, {"script": "run", "name": "b", "err": "./x.log"},
             {"script": "run", "name": "c", "out": "c.log", "err": "c.log"},
             {"script": "run", "name": "d", "out": "/dev/null"}, {"script": "run", "name": "e", "out": "NULL"}]
            """
        )
        #expect(
            same.issues.map { "\($0.path): \($0.message)" } == [
                "[1].err: /srv/app/x.log is written by a, too"
            ]
        )

        var host = FakeHost()
        host.addFile("/srv/app/one.log", "")
        host.files["/srv/app/two.log"] = host.files["/srv/app/one.log"]
        let linked = AppResolution.resolve(
            parse(
                #"[{"script": "run", "name": "a", "out": "one.log"}, {"script": "run", "name": "b", "out": "two.log"}]"#
            )
            .apps,
            in: ResolutionContext(directory: "/srv/app"),
            host: host
        )
        #expect(
            linked.issues.map(\.message) == ["/srv/app/two.log is written by a (as /srv/app/one.log), too"]
        )
    }

    @Test(arguments: [
        (#""out": "x.log", "log_file": "./x.log""#, "log_file: /srv/app/x.log is out_file of this app, too"),
        (
            #""err": "x.log", "level_files": {"error": "x.log"}"#,
            "level_files: /srv/app/x.log is error_file of this app, too"
        ),
        (
            #""log_file": "x.log", "level_files": {"error": "x.log"}"#,
            "level_files: /srv/app/x.log is log_file of this app, too"
        ),
        (
            #""level_files": {"warning": "x.log", "error": "x.log"}"#,
            "level_files: /srv/app/x.log is written for another instance or level of this app, too"
        ),
        (#""out": "x.log", "pid_file": "x.log""#, "pid_file: /srv/app/x.log is out_file of this app, too"),
        (
            #""instances": 2, "out": "x.log", "err": "x-1.log""#,
            "err: /srv/app/x-1.log is out_file of this app, too"
        ),
    ])
    func `one file has one writer, also within an app`(_ settings: String, _ expected: String) {
        let issues = resolveAll(#"[{"script": "run", "name": "a", \#(settings)}]"#).issues
        #expect(issues.map { "\($0.path.dropFirst(4)): \($0.message)" } == [expected])
    }

    @Test func `apps share a common file and a file of a level by naming it alike`() {
        let result = resolveAll(
            """
            [{"script": "run", "name": "a", "log_file": "all.log", "level_files": {"error": "e.log"}},
             {"script": "run", "name": "b", "log_file": "all.log", "level_files": {"error": "e.log"}},
             {"script": "run", "name": "c", "instances": 3, "merge_logs": true, "out": "c.log", "err": "c.log"}]
            """
        )
        #expect(result.issues == [])
    }

    @Test func `two ways to one folder lead to one file, also before it is there`() {
        var host = FakeHost()
        host.addFolder("/srv/app/logs", inode: 77)
        host.addFolder("/srv/app/link", inode: 77)
        for setting in ["out", "log_file"] {
            let result = resolveAll(
                """
                [{"script": "run", "name": "a", "\(setting)": "logs/new/x.log"},
                 {"script": "run", "name": "b", "\(setting)": "link/new/x.log"}]
                """,
                host
            )
            #expect(
                result.issues.map(\.message) == [
                    "/srv/app/link/new/x.log is written by a (as /srv/app/logs/new/x.log), too"
                ]
            )
        }
    }
}
