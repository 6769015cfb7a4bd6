import Shared
import Testing

@testable import noviSupervisord

@Suite struct DaemonOptionsTests {
    @Test func `every option is read`() throws {
        let options = try DaemonOptions(arguments: [
            "--home", "/srv/novi", "--ready-fd", "3", "--apps-fd", "4", "--run",
        ])
        #expect(options.layout == HomeLayout(home: "/srv/novi"))
        #expect(options.readyDescriptor == 3)
        #expect(options.appsDescriptor == 4)
        #expect(options.isContainer)
        #expect(!options.showsVersion)
        #expect(try DaemonOptions(arguments: ["--system"]).layout == .system)
        #expect(try DaemonOptions(arguments: ["--home", "/x", "--version"]).showsVersion)
    }

    @Test(arguments: [
        (["--nonsense"], "unknown option --nonsense"), (["--home"], "--home needs a value"),
        (["--home", "relative"], "home folder relative is no absolute path"),
        (["--ready-fd", "2"], "--ready-fd needs the number of an open descriptor, not 2"),
        (["--ready-fd", "x"], "not x"), (["--apps-fd", "-1"], "not -1"), (["start"], "unknown option start"),
    ])
    func `what makes no sense is refused with the reason`(arguments: [String], reason: String) {
        let error = #expect(throws: DaemonOptions.UsageError.self) {
            try DaemonOptions(arguments: arguments)
        }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
}
