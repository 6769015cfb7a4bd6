/// What a sender told of an order that is not complete, so that the missing line alone completes it (spec D2, step 11).
public struct OrderDraft: Hashable, Sendable {
    /// How long it is kept.
    public static let lifetime: Duration = .seconds(600)

    /// What is known.
    public var form: OrderForm

    /// Makes a draft.
    public init(_ form: OrderForm) {
        self.form = form
    }
}

extension MessageParser {
    /// What a message says to somebody who has a draft.
    ///
    /// Commands, questions, greetings and complete orders mean what they mean without a draft, which then stays or is
    /// replaced; anything else is looked through for what the draft lacks.
    public func parse(_ message: ReceivedMessage, completing draft: OrderDraft) -> ParsedMessage {
        let parsed = parse(message)
        switch parsed.reading {
        case .command, .orders, .ignored(.ownMessage), .ignored(.malformedCommand), .ignored(.greeting),
            .ignored(.question):
            return parsed
        case .incomplete(let forms) where forms.count > 1: return parsed
        case .incomplete, .ignored:
            let text = MessageText(message.text)
            guard let form = DraftReader(text, draft: draft, today: today).form else {
                return parsed
            }
            let reading: MessageReading = form.missing.isEmpty ? .orders([form]) : .incomplete([form])
            return ParsedMessage(reading: reading, isCut: parsed.isCut)
        }
    }
}
