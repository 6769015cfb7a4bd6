import Testing

@testable import noviMonitor

@Suite struct GoldenScreenTests {
    private static let sizes = [Scene.small, Scene.middle, Scene.large]

    @Test(arguments: sizes) func `everything is on one screen`(size: ScreenSize) throws {
        try GoldenScreen.expect(.filled(size), "overview")
    }

    @Test(arguments: sizes) func `details have what describe tells, the reason first`(size: ScreenSize) throws
    {
        var scene = Scene.filled(size)
        scene.press(.enter)
        try GoldenScreen.expect(scene, "details")
    }

    @Test(arguments: sizes) func `the keys are told on a page that fits`(size: ScreenSize) throws {
        var scene = Scene.filled(size)
        scene.type("?")
        try GoldenScreen.expect(scene, "help")
    }

    @Test(arguments: sizes) func `what is searched is told and shown`(size: ScreenSize) throws {
        var scene = Scene.filled(size)
        scene.type("/orders")
        scene.press(.enter)
        try GoldenScreen.expect(scene, "search")
    }

    @Test(arguments: sizes) func `a change is asked for first, with its command`(size: ScreenSize) throws {
        var scene = Scene.filled(size)
        scene.type("jjjr")
        try GoldenScreen.expect(scene, "restart")
    }

    @Test func `a locale without UTF-8 gets ASCII`() throws {
        var scene = Scene.filled(Scene.small, hasUnicode: false)
        scene.type("x")
        try GoldenScreen.expect(scene, "ascii")
        #expect(scene.text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func `long lines are wrapped when asked for`() throws {
        var scene = Scene.filled(Scene.small)
        scene.type("wt")
        try GoldenScreen.expect(scene, "wrapped")
    }

    @Test func `a monitor that only looks says so`() throws {
        var scene = Scene.filled(Scene.small, isReadOnly: true)
        scene.type("r")
        try GoldenScreen.expect(scene, "read-only")
    }

    @Test func `a daemon that is away is told, and what was known stays`() throws {
        var scene = Scene.filled(Scene.small)
        scene.take(.away("none answers in /home/ada/.novi"))
        try GoldenScreen.expect(scene, "away")
    }
}
