import OrderMessages
import Postgres
import Shared

/// One message in one transaction.
struct MessageCase {
    let message: StoredMessage
    let processing: MessageProcessing
    let database: DatabaseConnection
    private let began = ContinuousClock.now

    init(_ message: StoredMessage, _ processing: MessageProcessing, _ database: DatabaseConnection) {
        self.message = message
        self.processing = processing
        self.database = database
    }

    /// What was made of it, for the row.
    private struct Result {
        var outcome: String
        var reason: String?
        var order: String?
    }

    /// Does everything that the message asks for and marks it as done.
    ///
    /// - Returns: The outcome's word.
    func process() async throws -> String {
        let result = try await result()
        try await database.query(
            """
            UPDATE inbound_messages SET processed_at = now(), outcome = \(result.outcome), reason = \(result.reason),
                order_id = \(result.order)::uuid, chat_id = \(message.place?.chatID)::uuid, attempts = attempts + 1,
                processing_ms = \((ContinuousClock.now - began).wholeMilliseconds)
            WHERE id = \(message.id)::uuid
            """
        )
        return result.outcome
    }

    private func result() async throws -> Result {
        guard message.kind != "own" else { return Self.ignored(.ownMessage) }
        guard message.age != .tooOld else {
            return Result(outcome: "late", reason: IgnoredReason.late.rawValue)
        }
        guard message.text != nil else { return try await withoutText() }
        let route = try await route()
        let draft = try await Drafts(message, processing.provider, database).current()
        let quoted = try await quoted()
        let received = ReceivedMessage(text: message.text ?? "", quotedText: quoted)
        let parser = MessageParser(today: message.day)
        let parsed =
            draft.map { parser.parse(received, completing: $0) } ?? parser.parse(received)
        switch route.admit(parsed.reading) {
        case .ignored(let reason):
            if reason == .malformedCommand { try await answer(Reply.malformedID, "malformed") }
            return Self.ignored(reason)
        case .command(let command):
            let text = try await ChatCommands(self).carryOut(command)
            try await answer(text, command.word, kind: command.isReport ? .report : .reply)
            return Result(outcome: "command", reason: command.word)
        case .incomplete(let forms):
            try await Drafts(message, processing.provider, database).keep(forms)
            try await answer(notes(parsed) + Reply.missing(in: forms), "missing")
            return Result(outcome: "incomplete", reason: forms.flatMap(\.missing).first?.rawValue)
        case .orders(let forms):
            guard let place = message.place else { return Self.ignored(.unknownChat) }
            let orders = try await OrderTaking(self, place).take(forms, notes: notes(parsed))
            if draft != nil { try await Drafts(message, processing.provider, database).forget() }
            return Result(outcome: "order", order: orders.first)
        }
    }

    private static func ignored(_ reason: IgnoredReason) -> Result {
        Result(outcome: "ignored", reason: reason.rawValue)
    }

    /// A picture, a voice message: answered where an answer helps.
    private func withoutText() async throws -> Result {
        if message.asksForText, let place = message.place, place.isActive, place.kind != .delivery {
            try await answer(Reply.textOnly, "text-only")
        }
        return Result(outcome: "ignored", reason: IgnoredReason.notAnOrder.rawValue)
    }

    /// What must be said before anything else.
    private func notes(_ parsed: ParsedMessage) -> String {
        var notes: [String] = []
        if message.age == .late { notes.append(Reply.late) }
        if parsed.isCut { notes.append(Reply.cut) }
        return notes.map { $0 + "\n" }.joined()
    }

    private func route() async throws -> MessageRoute {
        guard let place = message.place else { return MessageRoute(chat: .unknown, isActive: false) }
        switch place.kind {
        case .sales: return MessageRoute(chat: .sales, isActive: place.isActive)
        case .delivery: return MessageRoute(chat: .delivery, isActive: place.isActive)
        case .direct:
            return MessageRoute(chat: .direct(try await member(of: place)), isActive: place.isActive)
        }
    }

    /// What the sender is to the business, by phone number.
    private func member(of place: ChatPlace) async throws -> MessageRoute.Member? {
        guard
            let phone = PhoneNumber(message.sender.prefix { $0 != "@" })
                ?? PhoneNumber("+" + message.sender.prefix { $0 != "@" })
        else { return nil }
        let row = try await database.queryFirst(
            """
            SELECT CASE WHEN u.id = \(place.owner)::uuid THEN 'owner' ELSE m.member_role END AS role
            FROM users u LEFT JOIN business_members m ON m.user_id = u.id AND m.business_id = \(place.business)::uuid
            WHERE u.phone_e164 = \(phone.e164) AND u.is_active AND (m.user_id IS NOT NULL OR u.id = \(place.owner)::uuid)
            ORDER BY u.created_at LIMIT 1
            """
        )
        return try row.flatMap { MessageRoute.Member(rawValue: try $0["role"]) }
    }

    /// The text that the message answers: brought by the provider, or our own by its id.
    private func quoted() async throws -> String? {
        if let text = message.quotedText { return text }
        guard let id = message.quotedID else { return nil }
        let row = try await database.queryFirst(
            """
            SELECT body FROM outbound_messages WHERE provider = \(processing.provider.rawValue) AND external_id = \(id)
            UNION ALL
            SELECT body FROM inbound_messages WHERE provider = \(processing.provider.rawValue) AND external_id = \(id)
            LIMIT 1
            """
        )
        return try row?["body"]
    }

    /// Answers in the chat.
    func answer(
        _ text: String,
        _ purpose: String,
        kind: OutboxText.Kind = .reply,
        order: String? = nil
    ) async throws {
        try await send(text, to: message.chat, purpose, kind: kind, order: order, replyTo: message.externalID)
    }

    /// Sends to any chat.
    func send(
        _ text: String,
        to chat: String,
        _ purpose: String,
        kind: OutboxText.Kind,
        order: String? = nil,
        replyTo: String? = nil
    ) async throws {
        try await OutboxText(
            chat: chat,
            text: text,
            kind: kind,
            key: "in:\(message.id):\(purpose)",
            business: message.place?.business,
            order: order,
            replyTo: replyTo
        ).write(processing.provider, in: database)
    }
}

extension Command {
    /// Whether the answer is a report.
    var isReport: Bool {
        switch self {
        case .pending, .daily, .weekly, .monthly: true
        case .help, .status, .setup, .done, .cancel, .unknown: false
        }
    }
}
