import Testing

@testable import noviWorker

@Suite struct PasswordTests {
    @Test(
        arguments: [
            ("Aa1!aaaa", []), ("Aa1!aaa", ["must have at least 8 characters"]),
            ("aa1!aaaa", ["must have an upper case letter"]),
            ("AA1!AAAA", ["must have a lower case letter"]), ("Aab!aaaa", ["must have a digit"]),
            ("Aa1aaaaa", ["must have a special character"]), ("Aa1 aaaa", ["must have a special character"]),
            ("P@ssw0rd1", ["is one of the commonest passwords"]),
            (
                "",
                [
                    "must have at least 8 characters", "must have an upper case letter",
                    "must have a lower case letter", "must have a digit",
                    "must have a special character",
                ]
            ),
        ] as [(String, [String])]
    )
    func `everything that a password lacks is told at once`(password: String, problems: [String]) {
        #expect(PasswordRules.problems(of: password) == problems)
    }

    @Test func `the name of the e-mail address must not stand in the password`() {
        #expect(
            PasswordRules.problems(of: "Amara!2026x", email: "amara@shop.example") == [
                "must not hold the name of the e-mail address"
            ]
        )
        #expect(PasswordRules.problems(of: "Amara!2026x", email: "al@shop.example") == [])
    }

    @Test func `129 characters are too many, 128 are not`() {
        #expect(PasswordRules.problems(of: "Aa1!" + String(repeating: "x", count: 124)) == [])
        #expect(
            PasswordRules.problems(of: "Aa1!" + String(repeating: "x", count: 125)) == [
                "must have at most 128 characters"
            ]
        )
    }

    @Test func `passwords at random follow the rules and differ`() {
        let passwords = (0..<100).map { _ in PasswordRules.random() }
        #expect(passwords.allSatisfy { PasswordRules.problems(of: $0).isEmpty })
        #expect(Set(passwords).count == 100)
    }

    private static let cheap = PasswordHash.Cost(logarithm: 4, parallelism: 1)

    @Test func `a hash knows its password, survives its text and tells nothing to another`() throws {
        let hash = try PasswordHash("Correct1!", cost: Self.cheap)
        let read = try #require(PasswordHash(hash.text))
        #expect(read == hash)
        #expect(try read.matches("Correct1!"))
        #expect(try !read.matches("correct1!"))
        #expect(try PasswordHash("Correct1!", cost: Self.cheap).text != hash.text)
    }

    @Test func `a hash is scrypt as RFC 7914 computes it`() throws {
        // The RFC's own vector: N=1024, r=8, p=16 has 64 bytes; its first 32 are what 32 would be.
        let salt = Array("NaCl".utf8).base64URL
        let key = "_bq-HJ00cgB4VucZDQHp_nxq18vII3gw53N2Y0s3MWI"
        let hash = try #require(PasswordHash("$scrypt$ln=10,r=8,p=16$\(salt)$\(key)"))
        #expect(try hash.matches("password"))
    }

    @Test(arguments: [
        "", "$scrypt$", "$scrypt$ln=4,r=8,p=1$AAAA$", "$scrypt$ln=30,r=8,p=1$AAAA$AAAA",
        "$scrypt$ln=4,r=9,p=1$AAAA$AAAA", "plain",
        "$2b$10$short",
    ])
    func `what is no hash is read as none`(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test func `hashes of bcrypt are still understood and marked as outdated`() async throws {
        // crypt_blowfish's own vector.
        let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        let hashing = try PasswordHashing(cost: Self.cheap)
        #expect(try await hashing.check("U*U", against: hash) == .rightButOutdated)
        #expect(try await hashing.check("U*V", against: hash) == .wrong)
    }

    @Test func `without an account a check costs as much and is wrong`() async throws {
        let hashing = try PasswordHashing(cost: Self.cheap)
        #expect(try await hashing.check("x", against: nil) == .wrong)
        let text = try await hashing.hash("Right1!x")
        #expect(try await hashing.check("Right1!x", against: text) == .right)
        let cheaper = try PasswordHash("Right1!x", cost: .init(logarithm: 3, parallelism: 1)).text
        #expect(try await hashing.check("Right1!x", against: cheaper) == .rightButOutdated)
    }
}
