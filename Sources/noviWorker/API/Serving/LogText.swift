/// Text for logs: whoever reads a log must not learn phone numbers or secrets from it.
enum LogText {
    /// The text with everything that looks like a phone number masked: `+234803***1122`.
    ///
    /// A phone number is a run of 10 to 15 digits, with a plus sign or not, that is no part of a longer word such as a UUID.
    static func masked(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        var previous: Character = " "
        while let first = rest.first {
            let run = rest.dropFirst(first == "+" ? 1 : 0).prefix { $0.isASCII && $0.isNumber }
            let after = run.endIndex < rest.endIndex ? rest[run.endIndex] : " "
            if (10...15).contains(run.count), !isWord(previous), !isWord(after) {
                let number = rest[rest.startIndex..<run.endIndex]
                result += maskedNumber(String(number))
                previous = "0"
                rest = rest[run.endIndex...]
                continue
            }
            let step = max(1, run.isEmpty ? 1 : rest.distance(from: rest.startIndex, to: run.endIndex))
            let piece = rest.prefix(step)
            result += piece
            previous = piece.last ?? " "
            rest = rest.dropFirst(step)
        }
        return result
    }

    /// A phone number with its middle hidden: `+234803***1122`.
    static func maskedNumber(_ number: String) -> String {
        guard number.count >= 10 else { return "***" }
        return "\(number.prefix(7))***\(number.suffix(4))"
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "-" || character == "_" || character == "."
    }
}
