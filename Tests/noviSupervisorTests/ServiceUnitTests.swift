import Foundation
import Testing

@testable import noviSupervisor

/// The unit that `startup` writes and the one that packages bring.
struct ServiceUnitTests {
    private static func packaged(_ path: String) throws -> String {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(
            contentsOf: package.appending(path: "packaging/systemd/\(path)"),
            encoding: .utf8
        )
    }

    @Test func `packages bring the units that startup writes`() throws {
        let program = "/usr/bin/noviSupervisord"
        #expect(
            ServiceUnit(scope: .system, program: program).text == (try Self.packaged("novi.service"))
        )
        #expect(
            ServiceUnit(scope: .user, program: program).text == (try Self.packaged("user/novi.service"))
        )
    }

    @Test func `a home of its own is named, and the machine's folders are not made`() {
        let unit = ServiceUnit(scope: .system, program: "/opt/novi/noviSupervisord", home: "/srv/novi")
        let lines = unit.text.split(separator: "\n").map(String.init)
        let command = [
            "ExecStart=/opt/novi/noviKeeper", "--launch", "/srv/novi/run",
            "/srv/novi/state/noviSupervisord.committed", "/opt/novi/noviSupervisord", "--home", "/srv/novi",
        ]
        #expect(lines.contains(command.joined(separator: " ")))
        #expect(!unit.text.contains("RuntimeDirectory"))
    }

    @Test(arguments: [
        ("/usr/bin/x", "/usr/bin/x"), ("/a b/x", "\"/a b/x\""), ("/100%/x", "/100%%/x"),
        ("/$HOME/x", "/$$HOME/x"), ("/a\"b", "\"/a\\\"b\""), ("/a\\b", "\"/a\\\\b\""), ("", "\"\""),
    ])
    func `a word of the command is written so that systemd reads it back`(word: String, text: String) {
        #expect(ServiceUnit.quoted(word) == text)
    }

    @Test func `every setting of the unit is explained`() throws {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: package.appending(path: "docs/OPERATIONS.md"), encoding: .utf8)
        for line in ServiceUnit(scope: .system, program: "/x").text.split(separator: "\n") {
            guard let name = line.split(separator: "=").first, line.contains("="),
                name.first?.isUppercase == true
            else { continue }
            let isUsual = ["Description", "Wants", "After", "ExecStart", "ExecReload", "WantedBy"].contains(
                name
            )
            let stem = name.replacingOccurrences(of: "ProtectKernel", with: "…")
            #expect(
                isUsual || page.contains("`\(name)=") || page.contains("`\(stem)=")
                    || name.hasSuffix("DirectoryMode") || name == "SystemCallErrorNumber",
                "\(name)"
            )
        }
    }
}
