/// Looks through a message for what a draft lacks.
struct DraftReader {
    /// The draft with what the message added; `nil` when it added nothing.
    let form: OrderForm?

    init(_ text: MessageText, draft: OrderDraft, today: CivilDate) {
        let dates = DateReader(today: today)
        switch MessageContent(text).kind {
        case .nothing, .greeting: form = nil
        case .lines(let lines):
            let reader = FormReader(lines, dates: dates, known: draft.form)
            form = DraftReader.merge(reader, into: draft.form)
        case .sentence(let sentence): form = DraftReader.fill(draft.form, with: sentence, dates: dates)
        }
    }

    /// Labelled fields replace what is known, others fill what is missing.
    private static func merge(_ reader: FormReader, into known: OrderForm) -> OrderForm? {
        var form = known
        let new = reader.form
        let hasLabel = { (label: LabelField) in reader.filledLabels.contains(label) }
        if let name = new.customerName, known.customerName == nil || hasLabel(.name) || hasLabel(.receiver) {
            form.customerName = name
        }
        if let phone = new.customerPhone {
            if hasLabel(.phone) { form.customerPhone = phone } else { form.addPhones([phone]) }
        }
        form.addAlternatives(new.alternativePhones)
        if let address = new.address, known.address == nil || hasLabel(.address) { form.address = address }
        if let items = new.items {
            form.items = hasLabel(.items) || known.items == nil ? items : (known.items ?? []) + items
        }
        form.takeDate(of: new)
        if let total = new.totalAmount { form.totalAmount = total }
        if let notes = new.notes { form.addNote(notes) }
        return form == known ? nil : form
    }

    /// One line without a label goes to the first missing field that it fits.
    private static func fill(_ known: OrderForm, with sentence: Phrase, dates: DateReader) -> OrderForm? {
        var form = known
        let phones = PhoneScanner.numbers(in: sentence)
        form.addPhones(phones.map(\.number))
        let rest = FormReader.rest(of: sentence, without: phones)
        // Next to a number a few words such as "my number is" tell nothing.
        let isAnswer = phones.isEmpty || AddressScore(rest).points > 0 || isName(rest, known)
        if isAnswer { fillRest(&form, rest, dates) }
        return form == known ? nil : form
    }

    private static func fillRest(_ form: inout OrderForm, _ line: Phrase, _ dates: DateReader) {
        let (told, rest) = introduction(line)
        if let told {
            switch told {
            case .customerName: form.customerName = rest.bare.text(limit: OrderMessageLimits.nameScalars)
            default: form.address = rest.trimmed.text(limit: OrderMessageLimits.addressScalars)
            }
            return
        }
        if let wish = WishReader.find(in: line) {
            if form.items == nil { fillItems(&form, wish.wanted) }
            return
        }
        let points = AddressScore(line).points
        if dates.isOnlyDate(line) {
            form.deliveryDate = dates.find(in: line).day
            form.deliveryDateText = line.trimmed.text(limit: OrderMessageLimits.nameScalars)
        } else if form.address == nil, points > 0 {
            form.address = FormReader.withoutDeliverTo(line).trimmed.text(
                limit: OrderMessageLimits.addressScalars
            )
        } else if isName(line, form) {
            form.customerName = line.bare.text(limit: OrderMessageLimits.nameScalars)
        } else if form.items == nil, ItemReader.startsWithQuantity(line) || form.missing.isEmpty,
            !isTalk(line)
        {
            fillItems(&form, line)
        } else if form.address == nil, !isTalk(line),
            form.customerName != nil || line.words.contains(where: { $0.kind != .word })
        {
            form.address = line.trimmed.text(limit: OrderMessageLimits.addressScalars)
        }
    }

    private static func fillItems(_ form: inout OrderForm, _ line: Phrase) {
        var reader = ItemReader()
        reader.read(line)
        guard !reader.items.isEmpty else { return }
        form.items = reader.items
    }

    private static func isName(_ line: Phrase, _ form: OrderForm) -> Bool {
        guard form.customerName == nil, AddressScore(line).points == 0 else { return false }
        guard !line.words.contains(where: { TalkWords.answers.contains($0.folded) }) else { return false }
        return (NameReader.likelihood(line, allowsOneWord: true) ?? -1) >= 0
    }

    private static func isTalk(_ line: Phrase) -> Bool {
        line.words.count == 1
            && line.words.contains {
                TalkWords.answers.contains($0.folded) || $0.has([.function, .greeting])
            }
            || TalkReader.isQuestionOrStatus(line) || FormReader.isInstruction(line)
    }

    /// "My name is …", "the address is …".
    private static func introduction(_ line: Phrase) -> (OrderForm.Field?, Phrase) {
        let words = line.tokens.prefix(4).map(\.folded)
        guard let verb = words.firstIndex(where: { $0 == "is" }), verb > 0 else { return (nil, line) }
        let rest = line.part(line.range.lowerBound + verb + 1..<line.range.upperBound)
        guard rest.hasLetters else { return (nil, line) }
        switch words[verb - 1] {
        case "name": return (.customerName, rest)
        case "address", "location": return (.address, rest)
        default: return (nil, line)
        }
    }
}

extension OrderForm {
    /// Takes further numbers.
    mutating func addAlternatives(_ numbers: [String]) {
        for number in numbers where number != customerPhone?.e164 && !alternativePhones.contains(number) {
            guard alternativePhones.count < OrderMessageLimits.alternativePhones else { return }
            alternativePhones.append(number)
        }
    }

    /// Takes the date of a newer form where it tells one.
    mutating func takeDate(of newer: OrderForm) {
        guard newer.deliveryDateText != nil else { return }
        deliveryDate = newer.deliveryDate
        deliveryDateText = newer.deliveryDateText
    }
}
