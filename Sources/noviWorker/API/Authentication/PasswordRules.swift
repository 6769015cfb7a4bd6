/// What a password must have (row A50, spec C): 8 to 128 characters, an upper and a lower case letter, a digit and another character.
enum PasswordRules {
    /// How long a password is.
    static let length = 8...128

    /// Everything that is wrong with a new password, for people; empty when it is good.
    ///
    /// - Parameters:
    ///   - password: The password.
    ///   - email: Whose it is; the part before the `@` must not stand in it.
    /// - Returns: The problems.
    static func problems(of password: String, email: String? = nil) -> [String] {
        var problems: [String] = []
        if password.count < length.lowerBound {
            problems.append("must have at least \(length.lowerBound) characters")
        }
        if password.unicodeScalars.count > length.upperBound {
            problems.append("must have at most \(length.upperBound) characters")
        }
        if !password.contains(where: \.isUppercase) { problems.append("must have an upper case letter") }
        if !password.contains(where: \.isLowercase) { problems.append("must have a lower case letter") }
        if !password.contains(where: \.isNumber) { problems.append("must have a digit") }
        if !password.contains(where: isSpecial) { problems.append("must have a special character") }
        let lowercased = password.lowercased()
        if let name = email?.lowercased().split(separator: "@").first, name.count >= 3,
            lowercased.contains(name)
        {
            problems.append("must not hold the name of the e-mail address")
        }
        if commonest.contains(lowercased) { problems.append("is one of the commonest passwords") }
        return problems
    }

    /// A password at random that follows the rules: 20 characters that nobody mistakes for another, 112 bits.
    static func random() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        while true {
            // The system's generator is the kernel's (getrandom(2)).
            let parts = (0..<4).map { _ in
                String((0..<5).map { _ in letters[Int.random(in: 0..<letters.count)] })
            }
            let password = parts.joined(separator: "-")
            if problems(of: password).isEmpty { return password }
        }
    }

    private static func isSpecial(_ character: Character) -> Bool {
        !character.isLetter && !character.isNumber && !character.isWhitespace
    }

    /// Those that follow the rules and are guessed first, in lower case.
    private static let commonest: Set<String> = [
        "password1!", "password@1", "password123!", "password@123", "p@ssw0rd", "p@ssword1", "p@ssw0rd1",
        "p@ssw0rd!", "passw0rd!",
        "passw0rd@1", "pass@123", "pass@1234", "welcome1!", "welcome@1", "welcome@123", "welcome123!",
        "qwerty123!", "qwerty@123",
        "qwerty1!", "admin@123", "admin123!", "admin@1234", "abcd@1234", "abc123!@#", "abc@1234", "abc@12345",
        "test@123", "test@1234",
        "test123!", "india@123", "lagos@123", "nigeria@123", "nigeria1!", "changeme1!", "changeme@1",
        "letmein1!", "iloveyou1!",
        "summer2025!", "summer2026!", "winter2025!", "winter2026!", "1qaz@wsx", "1qaz!qaz", "zaq1@wsx",
        "hello@123", "user@1234",
        "company@123", "secret@123", "monkey1!", "dragon1!", "football1!", "master@123", "login@123",
        "default1!",
    ]
}
