import LogFiles
import Testing

struct LogPathTests {
    @Test(arguments: [
        ("/l/api-out.log", "api-out", ".log"), ("/l/plain", "plain", ""), ("/l/.hidden", ".hidden", ""),
        ("/l/a.b.log", "a.b", ".log"),
    ])
    func `a path is taken apart at the last dot of its name`(path: String, stem: String, suffix: String) {
        let log = LogPath(path)
        #expect(log.stem == stem)
        #expect(log.suffix == suffix)
        #expect(log.folder == "/l")
    }

    @Test func `an index lies hidden beside its log`() {
        #expect(LogPath.index(of: "/l/api-out.log") == "/l/.api-out.log.idx")
    }
}
