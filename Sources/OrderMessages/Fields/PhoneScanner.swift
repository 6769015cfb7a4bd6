/// Finds phone numbers in a line.
struct PhoneScanner {
    /// A number and the tokens that told it.
    struct Finding {
        let number: PhoneNumber
        let range: Range<Int>
    }

    /// The valid numbers of a phrase, in order.
    ///
    /// - Parameters:
    ///   - phrase: Where to look.
    ///   - isLabelled: Whether a label says that it is a phone, so that words such as "bank" do not count.
    /// - Returns: The numbers with their tokens.
    static func numbers(in phrase: Phrase, isLabelled: Bool = false) -> [Finding] {
        guard phrase.tokens.contains(where: { $0.kind == .number }) else { return [] }
        var findings: [Finding] = []
        var index = phrase.range.lowerBound
        while index < phrase.range.upperBound {
            guard let finding = number(in: phrase, at: index, behind: findings.last?.range.upperBound),
                isLabelled || !isAccount(phrase, finding.range)
            else {
                index += 1
                continue
            }
            findings.append(finding)
            index = finding.range.upperBound
        }
        return findings
    }

    /// The longest valid number that begins at a token.
    private static func number(in phrase: Phrase, at start: Int, behind last: Int?) -> Finding? {
        let tokens = phrase.line.tokens
        // "08031112222-08091234567" are two.
        guard startsNumber(tokens, start, phrase) || last == start - 1 && tokens[start].kind == .number else {
            return nil
        }
        var index = start
        let hasPlus = tokens[index].isSign("+")
        if hasPlus { index += 1 }
        var digits: [UInt8] = []
        var joints = 0
        var best: (text: String, end: Int)?
        while index < phrase.range.upperBound {
            let token = tokens[index]
            if token.kind == .number {
                digits.append(contentsOf: token.folded.utf8)
                guard digits.count <= 17 else { break }
                if let text = PhoneNumber.normalised(digits, hasPlus: hasPlus), endsNumber(phrase, index) {
                    best = (text, index + 1)
                    // A foreign number has no form of its own; where its country's length is known it ends there.
                    if hasPlus, PhoneNumber.expectedDigits(digits) == digits.count { break }
                }
                joints = 0
            } else {
                joints += 1
                guard joinsDigits(token), joints <= 3 else { break }
            }
            index += 1
        }
        guard let best else { return nil }
        let range = start..<best.end
        return Finding(number: PhoneNumber(e164: best.text, raw: phrase.part(range).text), range: range)
    }

    private static func startsNumber(_ tokens: [Token], _ start: Int, _ phrase: Phrase) -> Bool {
        let token = tokens[start]
        guard token.kind == .number || token.isSign("+") else { return false }
        guard start > phrase.range.lowerBound, !token.hasSpaceBefore else { return true }
        let before = tokens[start - 1]
        if before.isSign("+") { return false }
        // Part of an order id, of a price, of a longer row of digits.
        return before.kind == .sign && !before.isDash && !before.isSign("₦") && !before.isSign("#")
            && !before.isSign(".")
            || start == phrase.range.lowerBound + 1
    }

    private static func endsNumber(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index + 1 < phrase.line.tokens.count else { return true }
        let after = phrase.line.tokens[index + 1]
        return after.hasSpaceBefore || after.kind == .sign
    }

    private static func joinsDigits(_ token: Token) -> Bool {
        token.isDash || token.isSign(".") || token.isSign("(") || token.isSign(")")
    }

    /// Whether words of payment stand beside it, up to five words away: it is an account then.
    private static func isAccount(_ phrase: Phrase, _ range: Range<Int>) -> Bool {
        let tokens = phrase.line.tokens
        return hasPayment((0..<range.lowerBound).reversed(), in: tokens)
            || hasPayment(range.upperBound..<tokens.count, in: tokens)
    }

    private static func hasPayment(_ indices: some Sequence<Int>, in tokens: [Token]) -> Bool {
        var left = 5
        for index in indices where tokens[index].kind != .sign {
            guard left > 0 else { return false }
            left -= 1
            guard tokens[index].has(.payment) else { continue }
            // "Pay on delivery" names no account.
            let isOn = index + 1 < tokens.count && tokens[index + 1].folded == "on"
            if !isOn { return true }
        }
        return false
    }
}
