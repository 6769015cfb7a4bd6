/// What may stand in a date pattern: the letters of moment.js that PM2 and winston users write.
///
/// Letters that mean nothing would be copied as they are, and `YYYY-MM-dd` would name every file of a month alike: so they are
/// mistakes, told with their place. Text that is meant stands in brackets: `YYYY-MM-DD[ at ]HH`.
public enum DatePattern {
    /// What is wrong with a pattern.
    public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        /// The letters that nobody knows.
        public var letters: String
        /// Where they begin, counted from 1.
        public var place: Int
        /// What is wrong with them.
        public var reason: String

        /// `"dd" at character 9 is no part of a date`.
        public var description: String { "\"\(letters)\" at character \(place) \(reason)" }
    }

    /// The tokens, from the coarsest to the finest.
    public static let tokens = [
        "YYYY", "YY", "M", "MM", "D", "DD", "H", "HH", "h", "hh", "m", "mm", "s", "ss", "S", "SS", "SSS", "A",
        "a",
        "Z", "ZZ",
    ]

    /// What to write instead, for people.
    public static var hint: String {
        "known: " + tokens.joined(separator: " ")
            + "; other text stands in brackets, as in \"YYYY-MM-DD[ at ]HH\""
    }

    /// The first mistake in a pattern for the time of lines; `nil` when there is none.
    public static func mistake(in pattern: String) -> Mistake? {
        var place = 1
        var rest = pattern[...]
        while let letter = rest.first {
            if letter == "[" {
                guard let end = rest.firstIndex(of: "]") else {
                    return Mistake(letters: String(rest), place: place, reason: "has no closing bracket")
                }
                place += rest[...end].count
                rest = rest[rest.index(after: end)...]
                continue
            }
            let run = rest.prefix { $0 == letter }
            // A single T is what parts date and time in ISO 8601; moment.js leaves it as it is.
            if letter.isLetter, !tokens.contains(String(run)), run != "T" {
                return Mistake(letters: String(run), place: place, reason: "is no part of a date")
            }
            place += run.count
            rest = rest.dropFirst(run.count)
        }
        return nil
    }

    /// The first mistake in a pattern for the names of files: those begin with a digit, and no file lasts less than a second.
    public static func mistake(inNames pattern: String) -> Mistake? {
        if let mistake = mistake(in: pattern) { return mistake }
        guard let first = pattern.first, "YMDHhmsS".contains(first) else {
            return Mistake(
                letters: String(pattern.prefix(1)),
                place: 1,
                reason: "cannot begin the date in a file's name: it begins with a digit"
            )
        }
        var place = 1
        var isInBrackets = false
        for letter in pattern {
            if letter == "[" { isInBrackets = true }
            if letter == "]" { isInBrackets = false }
            if letter == "S", !isInBrackets {
                return Mistake(letters: "S", place: place, reason: "would begin a new file every moment")
            }
            place += 1
        }
        return nil
    }
}
