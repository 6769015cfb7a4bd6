import Glibc
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct CloudSettingsTests {
    private static let variables = [
        "WHATSAPP_PHONE_NUMBER_ID": "106000000000001", "WHATSAPP_TOKEN": "t0ken",
        "WHATSAPP_APP_SECRET": "s3cret", "WHATSAPP_VERIFY_TOKEN": "v3rify",
    ]

    private func read(_ changes: [String: String?]) -> (settings: CloudSettings?, problems: [String]) {
        var variables = Self.variables
        for (name, value) in changes { variables[name] = value }
        var reader = VariableReader(variables)
        let settings = CloudSettings(&reader)
        return (settings, reader.problems)
    }

    @Test func `number, token, secret and verify token suffice`() throws {
        let (settings, problems) = read([:])
        let found = try #require(settings)
        #expect(problems == [])
        #expect(found.baseURL == "https://graph.facebook.com" && found.version == "v25.0")
        #expect(found.token.text == "t0ken" && found.appSecret.text == "s3cret")
    }

    @Test func `every mistake is told at once, and no secret with it`() {
        let (settings, problems) = read([
            "WHATSAPP_PHONE_NUMBER_ID": "+234", "WHATSAPP_TOKEN": "to ken", "WHATSAPP_APP_SECRET": nil,
            "WHATSAPP_CLOUD_BASE_URL": "http://graph.facebook.com", "WHATSAPP_CLOUD_VERSION": "25",
            "WHATSAPP_CLOUD_RATE": "0",
        ])
        #expect(settings == nil)
        for name in [
            "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_CLOUD_BASE_URL",
            "WHATSAPP_CLOUD_VERSION", "WHATSAPP_CLOUD_RATE",
        ] {
            #expect(problems.count { $0.hasPrefix(name) } == 1, "\(name): \(problems)")
        }
        #expect(!problems.joined().contains("to ken"))
    }

    @Test(arguments: [
        ("https://graph.example/", true), ("http://127.0.0.1:8080", true), ("http://[::1]:8080", true),
        ("http://127.0.0.1.evil.example", false), ("ftp://x", false), ("https://", false),
        ("https://a@b", false), ("https://a?b", false),
    ])
    func `the token goes over TLS or stays on this machine`(url: String, isGood: Bool) {
        let (settings, problems) = read(["WHATSAPP_CLOUD_BASE_URL": url])
        #expect((settings != nil) == isGood, "\(problems)")
        #expect(settings?.baseURL.hasSuffix("/") != true)
    }

    @Test func `secrets come from files and from systemd's credentials`() throws {
        let scratch = try ScratchFolder()
        try replaceFile("\(scratch.path)/token", with: "from-file\n")
        try replaceFile("\(scratch.path)/whatsapp_app_secret", with: "from-credential\n")
        let (settings, problems) = read([
            "WHATSAPP_TOKEN": nil, "WHATSAPP_TOKEN_FILE": "\(scratch.path)/token", "WHATSAPP_APP_SECRET": nil,
            "CREDENTIALS_DIRECTORY": scratch.path,
        ])
        #expect(problems == [])
        #expect(settings?.token.text == "from-file")
        #expect(settings?.appSecret.text == "from-credential")
        let missing = read(["WHATSAPP_TOKEN": nil, "WHATSAPP_TOKEN_FILE": "\(scratch.path)/none"])
        #expect(missing.problems.count == 1 && missing.problems[0].contains("No such file"))
        let both = read(["WHATSAPP_TOKEN_FILE": "\(scratch.path)/token"])
        #expect(both.problems.count == 1 && both.problems[0].contains("both set"))
    }

    @Test func `printing the settings shows no secret`() throws {
        let settings = try #require(read([:]).settings)
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            for secret in ["t0ken", "s3cret", "v3rify"] { #expect(!text.contains(secret)) }
        }
    }
}
