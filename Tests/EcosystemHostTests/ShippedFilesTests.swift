import EcosystemHost
import Glibc
import Shared
import SupervisorCore
import Testing

/// The files that we ship are right, and on this machine they can run.
@Suite struct ShippedFilesTests {
    private static let root = FilePath.parent(of: FilePath.parent(of: FilePath.parent(of: #filePath)))

    private static func content(of file: String) throws -> EcosystemFile.Content {
        let bytes = try LinuxHostFacts().contents(of: "\(root)/\(file)", limit: 1 << 20)
        return EcosystemFile.parse(bytes, fileName: file)
    }

    @Test(arguments: [
        ("ecosystem.json", ["database", "api", "whatsapp", "gateway"]),
        ("examples/ecosystem.json", ["python-example", "node-example"]),
    ])
    func `the file has no mistakes`(_ file: String, _ names: [String]) throws {
        let content = try Self.content(of: file)
        #expect(content.issues.isEmpty)
        #expect(content.apps.map(\.name.rawValue) == names)
    }

    @Test func `api and whatsapp wait for the database, and without it when one is given`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("#!/bin/sh\n", to: "noviWorker", mode: 0o755)
        try scratch.write("#!/bin/sh\n", to: "noviGateway", mode: 0o755)
        let bytes = try LinuxHostFacts().contents(of: "\(Self.root)/ecosystem.json", limit: 1 << 20)
        let file = try scratch.write(String(decoding: bytes, as: UTF8.self), to: "ecosystem.json")
        var environment = [
            "PATH": "\(scratch.path):/usr/bin:/bin", "DATABASE_URL": "postgres://localhost/novi",
        ]

        let without = EcosystemLoader(inheritingEnvironment: environment).load(file)
        #expect(!without.issues.containsErrors)
        #expect(without.apps.map(\.name.rawValue) == ["api", "whatsapp", "gateway"])
        #expect(without.apps.allSatisfy { $0.dependencies.isEmpty })
        #expect(without.apps.allSatisfy { $0.environment["NOVI_ENV"] == "development" })

        environment["DATABASE_URL"] = nil
        var loader = EcosystemLoader(inheritingEnvironment: environment)
        loader.environmentName = "production"
        let whole = loader.load(file)
        if geteuid() == 0, LinuxHostFacts().user(named: "postgres") == nil {
            #expect(whole.issues.map(\.message) == ["no user is named \"postgres\""])
            return
        }
        #expect(whole.issues.isEmpty)
        #expect(whole.apps.map(\.name.rawValue) == ["database", "api", "whatsapp", "gateway"])
        #expect(whole.apps[1...2].allSatisfy { $0.dependencies.map(\.app.rawValue) == ["database"] })
        #expect(whole.apps.last?.environment["NOVI_ENV"] == "production")
        #expect(whole.apps.first?.user?.name == (geteuid() == 0 ? "postgres" : nil))
        #expect(whole.apps.first?.command.arguments == ["database"])
    }
}
