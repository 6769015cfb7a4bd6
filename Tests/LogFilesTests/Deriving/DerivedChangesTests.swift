import Glibc
import LinuxSystem
import SupervisorCore
import Testing

@testable import LogFiles

/// Derived files that others take away, or that are put aside and emptied on command.
struct DerivedChangesTests {
    private let scene: DerivingScene

    init() throws { scene = try DerivingScene() }

    private func remove(_ folder: String) {
        for name in (try? Directory.names(in: folder)) ?? [] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    @Test func `a folder that others remove is made again, and a later daemon goes on behind it`() throws {
        try scene.append("api-out.log", "one\n")
        do {
            let deriver = scene.engine()
            _ = deriver.add(scene.job([try scene.source("api-out.log")], to: "common/all.log"))
            try scene.settle(deriver)
            #expect(scene.text("common/all.log") == "one\n")
            remove("\(scene.folder)/common")
            try scene.append("api-out.log", "two\n")
            deriver.wake("\(scene.folder)/api-out.log")
            try scene.settle(deriver)
            #expect(scene.text("common/all.log") == "two\n")
        }
        try scene.append("api-out.log", "three\n")
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")], to: "common/all.log"))
        try scene.settle(deriver)
        #expect(scene.text("common/all.log") == "two\nthree\n")
    }

    @Test func `a derived file is put aside and emptied behind what was derived`() throws {
        let deriver = scene.engine()
        _ = deriver.add(scene.job([try scene.source("api-out.log")]))
        let path = "\(scene.folder)/derived.log"
        #expect(try deriver.change(path, .rotate) == nil)
        try scene.append("api-out.log", "one\n")
        deriver.wake("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        let rotated = try #require(try deriver.change(path, .rotate))
        #expect(try FileContents.read(rotated, limit: 100) == Array("one\n".utf8))
        #expect(scene.text("derived.log").isEmpty)
        try scene.append("api-out.log", "two\n")
        deriver.wake("\(scene.folder)/api-out.log")
        try scene.settle(deriver)
        #expect(try deriver.change(path, .empty) == path)
        #expect(scene.text("derived.log").isEmpty)
        #expect(try deriver.change("/other", .empty) == nil)
        // What comes next, also from a later daemon, comes once.
        try scene.append("api-out.log", "three\n")
        let next = scene.engine()
        _ = next.add(scene.job([try scene.source("api-out.log")]))
        try scene.settle(next)
        #expect(scene.text("derived.log") == "three\n")
    }

    @Test func `the link to the current file leads to a derived one as well`() throws {
        var policy = LogPolicy()
        policy.symbolicLink = "current"
        try scene.append("api-out.log", "one\n")
        try scene.derive(scene.job([try scene.source("api-out.log")], policy: policy))
        #expect(scene.text("derived-current.log") == "one\n")
    }
}
