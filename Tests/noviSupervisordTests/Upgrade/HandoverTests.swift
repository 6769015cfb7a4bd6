import Shared
import Testing

@testable import noviSupervisord

struct HandoverTests {
    /// What version 0.1.0 writes; it must be read for ever.
    private static let golden = """
        novi-handover 1
        from 0.1.0
        attempt 3
        program /usr/bin/noviSupervisord
        argument --home
        argument /srv/novi home
        limit 1024 524288
        umask 18
        apps 2
        4 daemon.lock
        5 control
        17 000660fdd08f5ac3.pidfd
        18 000660fdd08f5ac3.out
        19 web.listen.0

        """

    private static let value = Handover(
        from: "0.1.0",
        attempt: 3,
        program: "/usr/bin/noviSupervisord",
        arguments: ["--home", "/srv/novi home"],
        fileLimit: (1024, 524_288),
        umask: 0o22,
        apps: 2,
        descriptors: [
            ("daemon.lock", 4), ("control", 5), ("000660fdd08f5ac3.pidfd", 17), ("000660fdd08f5ac3.out", 18),
            ("web.listen.0", 19),
        ]
    )

    @Test func `the format of a released version is written and read as it was`() throws {
        #expect(String(decoding: Self.value.encoded(), as: UTF8.self) == Self.golden)
        #expect(try Handover(decoding: Array(Self.golden.utf8)) == Self.value)
        #expect(Self.value.runs == [RunID("000660fdd08f5ac3")])
    }

    @Test func `words of a later version are skipped`() throws {
        let later = Self.golden.replacing("umask 18\n", with: "umask 18\nsomething new 1 2 3\n")
        #expect(try Handover(decoding: Array(later.utf8)) == Self.value)
    }

    @Test func `a path with blanks is read back`() throws {
        var value = Self.value
        value.program = "/opt/my programs/noviSupervisord"
        #expect(try Handover(decoding: value.encoded()).program == value.program)
    }

    @Test(arguments: [
        ("", "no header"), ("novi-handover 2\nfrom 9\n", "version 2"),
        ("novi-handover 1\nfrom 9\n", "\"program\""),
        ("something else\n", "no header"),
    ])
    func `what is no hand-over is refused with the reason`(text: String, reason: String) {
        let error = #expect(throws: Handover.FormatError.self) { try Handover(decoding: Array(text.utf8)) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `every cut of a hand-over is refused or reads as fewer descriptors`() throws {
        let bytes = Self.value.encoded()
        for length in bytes.indices {
            guard let value = try? Handover(decoding: Array(bytes[..<length])) else { continue }
            #expect(value.descriptors.count <= Self.value.descriptors.count)
        }
    }
}
