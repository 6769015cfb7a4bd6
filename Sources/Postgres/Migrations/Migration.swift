/// A step of the database's schema, with the step back.
///
/// Lines `-- novi: …` at the head of the SQL say what is special about it:
///
///     -- novi: destructive       it drops or rewrites; it runs only when that is allowed
///     -- novi: no transaction    it cannot run in one (CREATE INDEX CONCURRENTLY); one statement only
///     -- novi: stop              the workers must be stopped meanwhile
public struct Migration: Sendable, Equatable {
    /// What is special about one direction.
    public struct Traits: OptionSet, Sendable {
        /// The bits.
        public let rawValue: Int

        /// Makes a set of its bits.
        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// Something is dropped, renamed or rewritten.
        public static let destructive = Traits(rawValue: 1)
        /// It cannot run inside a transaction.
        public static let noTransaction = Traits(rawValue: 2)
        /// Workers must be stopped meanwhile.
        public static let stop = Traits(rawValue: 4)
    }

    /// One direction.
    public struct Script: Sendable, Equatable {
        /// The SQL.
        public let text: String
        /// What its head says.
        public let traits: Traits
        /// Words in it that destroy, such as `DROP TABLE`.
        public let destructiveWords: [String]

        /// Reads a script.
        ///
        /// - Throws: ``MigrationProblem`` when its head says something unknown.
        public init(_ text: String) throws(MigrationProblem) {
            self.text = text
            var traits: Traits = []
            for line in text.split(whereSeparator: \.isNewline) {
                guard line.hasPrefix("--") else { break }
                guard line.hasPrefix("-- novi:") else { continue }
                switch line.dropFirst("-- novi:".count).split(separator: " ").joined(separator: " ") {
                case "destructive": traits.insert(.destructive)
                case "no transaction": traits.insert(.noTransaction)
                case "stop": traits.insert(.stop)
                case let word:
                    throw MigrationProblem(
                        "\"-- novi: \(word)\" is not known; known are destructive, no transaction, stop"
                    )
                }
            }
            self.traits = traits
            destructiveWords = SQLWords.destructiveWords(in: text)
        }
    }

    /// The time in its file's name, 14 digits; decides the order.
    public let version: String
    /// What it is about.
    public let name: String
    /// The way there.
    public let up: Script
    /// The way back; `nil` when there is none.
    public let down: Script?

    /// Makes a migration.
    ///
    /// - Throws: ``MigrationProblem`` when version or name are no such, or a step up destroys and does not say so.
    public init(version: String, name: String, up: String, down: String?) throws(MigrationProblem) {
        guard Self.isVersion(version) else {
            throw MigrationProblem("\"\(version)\" is no version: 14 digits are, such as 20261125000100")
        }
        guard Self.isName(name) else {
            throw MigrationProblem("\"\(name)\" is no name: small letters, digits and _ are, at most 60")
        }
        self.version = version
        self.name = name
        do {
            self.up = try Script(up)
            self.down = if let down { try Script(down) } else { nil }
        } catch {
            throw MigrationProblem("\(version)_\(name): \(error.description)")
        }
        for (script, direction) in [(self.up, "up"), (self.down, "down")] {
            guard let script, let word = script.destructiveWords.first, !script.traits.contains(.destructive)
            else { continue }
            throw MigrationProblem(
                "\(version)_\(name).\(direction).sql has \(word), but no line \"-- novi: destructive\""
            )
        }
    }

    /// `20261125000100_accounts`.
    public var fileStem: String { "\(version)_\(name)" }

    /// Whether a text is a version.
    public static func isVersion(_ text: String) -> Bool {
        text.utf8.count == 14 && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// Whether a text is a name.
    public static func isName(_ text: String) -> Bool {
        (1...60).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }
}

/// What is wrong with a migration or a set of them.
public struct MigrationProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// What, and what to do.
    public let description: String

    /// Makes a problem.
    public init(_ description: String) {
        self.description = description
    }
}
