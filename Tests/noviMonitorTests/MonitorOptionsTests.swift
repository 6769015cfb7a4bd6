import Shared
import Testing

@testable import noviMonitor

@Suite struct MonitorOptionsTests {
    @Test func `everything that the command line hands over is read`() throws {
        let words = [
            "--home", "/h", "--home-is-named", "--read-only", "--no-color", "--interval-ms", "2500", "--",
            "api", "-x",
        ]
        let options = try #require(MonitorOptions(words))
        #expect(options.layout == HomeLayout(home: "/h"))
        #expect(options.isHomeNamed && options.isReadOnly && !options.hasColor)
        #expect(options.interval == .milliseconds(2500))
        #expect(options.select == ["api", "-x"])
        #expect(try #require(MonitorOptions(["--system"])).layout == .system)
    }

    @Test(arguments: [
        [], ["api"], ["--home"], ["--home", "relative"], ["--system", "--interval-ms", "999"],
        ["--system", "--interval-ms", "x"], ["--system", "--what"],
    ])
    func `what makes no sense is refused`(words: [String]) {
        #expect(MonitorOptions(words) == nil)
    }
}
