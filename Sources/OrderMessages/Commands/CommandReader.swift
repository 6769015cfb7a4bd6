/// Reads commands (spec D2, step 4).
struct CommandReader {
    /// What a message is as a command.
    enum Finding: Equatable {
        case command(Command)
        /// A command whose order id is none.
        case malformed
    }

    /// The message.
    let text: MessageText

    /// The message that it answers.
    let quoted: String?

    /// The command, or `nil` when the message is none.
    func read() -> Finding? {
        guard let line = text.lines.first(where: \.hasContent) else { return nil }
        let phrase = line.phrase.part(start(of: line)..<line.tokens.count)
        guard let first = phrase.tokens.first else { return nil }
        if first.isSign("/") {
            return slash(phrase.part(phrase.range.lowerBound + 1..<phrase.range.upperBound))
        }
        guard first.kind == .word else { return nil }
        return order(phrase, isSlash: false)
    }

    /// Behind signs of formatting.
    private func start(of line: Line) -> Int {
        line.tokens.firstIndex { !($0.isSign("*") || $0.isSign("_") || $0.isSign("~")) } ?? 0
    }

    /// What follows a slash.
    private func slash(_ phrase: Phrase) -> Finding? {
        guard let first = phrase.tokens.first, first.kind == .word || first.kind == .mixed,
            !first.hasSpaceBefore
        else {
            return nil
        }
        switch first.folded {
        case "pending": return .command(.pending)
        case "daily": return .command(.daily)
        case "weekly": return .command(.weekly)
        case "monthly": return .command(.monthly)
        case "help": return .command(.help)
        case "status": return .command(.status)
        case "setup": return .command(.setup(argument(phrase)))
        case "done", "delivered", "cancel":
            return order(phrase, isSlash: true) ?? .command(command(first.folded, nil, nil))
        default: return .command(.unknown(first.folded))
        }
    }

    /// The first word after the command, with its signs: `bigcakes-ABC123`.
    private func argument(_ phrase: Phrase) -> String? {
        let start = phrase.range.lowerBound + 1
        guard start < phrase.range.upperBound else { return nil }
        var end = start + 1
        while end < phrase.range.upperBound, !phrase.line.tokens[end].hasSpaceBefore { end += 1 }
        let text = phrase.part(start..<end).trimmed.text(limit: 100)
        return text.isEmpty ? nil : text
    }

    /// `done #ID`, `delivered ID reason`, `cancel`, or those as an answer to a message with an id.
    private func order(_ phrase: Phrase, isSlash: Bool) -> Finding? {
        guard let word = phrase.tokens.first?.folded,
            word == "done" || word == "delivered" || word == "cancel"
        else {
            return nil
        }
        let tokens = phrase.line.tokens
        var index = phrase.range.lowerBound + 1
        while index < phrase.range.upperBound, isSkipped(tokens[index]) { index += 1 }
        let hasHash = index < phrase.range.upperBound && tokens[index].isSign("#")
        if hasHash { index += 1 }
        let wordsAfter = phrase.part(index..<phrase.range.upperBound)
        if let (id, end) = OrderID.find(in: phrase, at: index) {
            return .command(command(word, id, reason(phrase.part(end..<phrase.range.upperBound))))
        }
        if hasHash { return .malformed }
        return bare(word, wordsAfter, isSlash: isSlash)
    }

    /// Without an id of its own: the one of the message that it answers.
    private func bare(_ word: String, _ rest: Phrase, isSlash: Bool) -> Finding? {
        let hasMoreLines = text.lines.filter(\.hasContent).count > 1
        guard let quoted else {
            if isSlash { return .command(command(word, nil, reason(rest))) }
            return rest.hasContent || hasMoreLines ? nil : .command(command(word, nil, nil))
        }
        // What is said after "done" must not tell anything else: "done with the cake?" is talk.
        let isQuestion = rest.tokens.contains { $0.isSign("?") }
        let isPlain = rest.words.allSatisfy {
            $0.has([.courtesy, .greeting]) || $0.folded == "successfully" || $0.folded == "now"
        }
        guard isSlash || (word == "cancel" ? !isQuestion : isPlain && !isQuestion) else { return nil }
        return .command(command(word, OrderID(firstIn: quoted), reason(rest)))
    }

    private func command(_ word: String, _ id: OrderID?, _ reason: String?) -> Command {
        word == "cancel" ? .cancel(id, reason: reason) : .done(id, note: reason)
    }

    private func reason(_ phrase: Phrase) -> String? {
        var reasons = [phrase.trimmed.text]
        reasons += text.lines.filter(\.hasContent).dropFirst().map { $0.phrase.trimmed.text }
        let text = reasons.filter { !$0.isEmpty }.joined(separator: " ").prefixOfScalars(
            OrderMessageLimits.reasonScalars
        )
        return text.isEmpty ? nil : text
    }

    /// Signs between the word and the id: `:`, `-`, `*`, an emoji.
    private func isSkipped(_ token: Token) -> Bool {
        token.kind == .sign && !token.isSign("#") && !token.isSign("?") && !token.isSign("/")
    }
}
