/// Reads messages by fixed rules: the same message on the same day always gives the same result (docs/ORDERS.md).
public struct MessageParser: Sendable {
    /// The version of the rules, kept with every order.
    public static let version = "2"

    /// The day in the business's time zone when the message was sent.
    public let today: CivilDate

    private let dates: DateReader

    /// Makes a parser for one day.
    ///
    /// - Parameter today: The day in the business's time zone when the message was sent.
    public init(today: CivilDate) {
        self.today = today
        dates = DateReader(today: today)
    }

    /// What a message says.
    ///
    /// Takes time and memory linear in the message, of which at most ``OrderMessageLimits/messageScalars`` are read.
    public func parse(_ message: ReceivedMessage) -> ParsedMessage {
        guard !message.isFromMe else { return ParsedMessage(reading: .ignored(.ownMessage)) }
        let text = MessageText(message.text)
        switch CommandReader(text: text, quoted: message.quotedText).read() {
        case .command(let command): return ParsedMessage(reading: .command(command), isCut: text.isCut)
        case .malformed: return ParsedMessage(reading: .ignored(.malformedCommand), isCut: text.isCut)
        case nil: return ParsedMessage(reading: reading(of: text), isCut: text.isCut)
        }
    }

    private func reading(of text: MessageText) -> MessageReading {
        let content = MessageContent(text)
        guard !content.namesOrder else {
            let isQuestion = text.lines.contains { TalkReader.isQuestion($0.phrase) }
            return .ignored(isQuestion ? .question : .notAnOrder)
        }
        switch content.kind {
        case .nothing: return .ignored(text.lines.isEmpty ? .notAnOrder : .greeting)
        case .greeting: return .ignored(.greeting)
        case .sentence(let sentence): return SentenceReader(sentence, dates: dates).reading
        case .lines(let lines): return reading(of: LabelledLine.orders(in: lines))
        case .table(let orders): return reading(of: orders)
        case .sentences(let sentences): return reading(of: sentences)
        }
    }

    private func reading(of sentences: [Phrase]) -> MessageReading {
        let readings = sentences.prefix(OrderMessageLimits.orders).map {
            SentenceReader($0, dates: dates).reading
        }
        let forms = readings.flatMap { reading in
            if case .incomplete(let forms) = reading { forms } else { [] as [OrderForm] }
        }
        return forms.isEmpty ? readings.first ?? .ignored(.notAnOrder) : .incomplete(forms)
    }

    private func reading(of orders: [[LabelledLine]]) -> MessageReading {
        let lines = orders.flatMap(\.self)
        let readers = orders.map { FormReader($0, dates: dates) }
        let forms = readers.map(\.form)
        let evidence = OrderEvidence(readers, unlabelled: lines.filter { $0.label == nil }.map(\.value))
        guard evidence.isOrder else { return .ignored(evidence.reason) }
        return forms.contains { !$0.missing.isEmpty } ? .incomplete(forms) : .orders(forms)
    }
}
