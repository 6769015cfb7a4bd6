import SupervisorCore
import Testing

@Suite struct FilePathTests {
    @Test(arguments: [
        ("/srv/app/run.py", "/srv/app/run.py"), ("run.py", "/srv/run.py"), ("./run.py", "/srv/run.py"),
        ("../run.py", "/run.py"), ("a/../../../b", "/b"), ("/srv//app/", "/srv/app"), ("/", "/"),
        ("", "/srv"),
        ("/srv/.hidden/..x", "/srv/.hidden/..x"), ("/srv/a./b", "/srv/a./b"), ("/ä/./ö", "/ä/ö"),
    ])
    func `an absolute path has no dots and no double slashes`(path: String, absolute: String) {
        #expect(FilePath.absolute(path, in: "/srv") == absolute)
    }

    @Test(arguments: [
        ("/srv/api.log", "api.log"), ("api.log", "api.log"), ("/srv/logs/", "logs"), ("/srv//", "srv"),
        ("/", "/"),
        ("", ""), ("/ä/ö", "ö"),
    ])
    func `the name of a path is its last part`(path: String, name: String) {
        #expect(FilePath.name(of: path) == name)
    }

    @Test(arguments: [("/srv/app", "/srv"), ("/srv", "/"), ("/", "/"), ("/ä/ö", "/ä")])
    func `the parent of a path is the folder it is in`(path: String, parent: String) {
        #expect(FilePath.parent(of: path) == parent)
    }
}
