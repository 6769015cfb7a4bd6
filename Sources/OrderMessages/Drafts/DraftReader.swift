/// Looks through a message for what a draft lacks.
struct DraftReader {
    /// The draft with what the message added; `nil` when it added nothing.
    let form: OrderForm?

    init(_ text: MessageText, draft: OrderDraft, today: CivilDate) {
        let dates = DateReader(today: today)
        let content = MessageContent(text)
        guard !content.namesOrder else {
            form = nil
            return
        }
        switch content.kind {
        case .nothing, .greeting, .sentences, .table: form = nil
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
        let answer = DraftAnswer(line)
        let rest = answer.rest
        guard rest.hasContent else { return }
        switch answer.told {
        case .customerName? where isChatter(rest): return
        case .customerName?:
            form.customerName = rest.bare.text(limit: OrderMessageLimits.nameScalars)
            return
        case .address?:
            form.address = rest.trimmed.text(limit: OrderMessageLimits.addressScalars)
            return
        case .customerPhone?, .items?, nil: break
        }
        if let wish = WishReader.find(in: line) {
            if form.items == nil { fillItems(&form, wish.wanted) }
            return
        }
        if dates.isOnlyDate(line) {
            form.deliveryDate = dates.find(in: line).day
            form.deliveryDateText = line.trimmed.text(limit: OrderMessageLimits.nameScalars)
        } else if isFurtherItem(line) {
            fillItems(&form, line.withoutJoint)
        } else if form.address == nil, AddressScore(rest).points > 0, !isOnlyGoods(rest),
            !AddressScore.isProse(rest)
        {
            form.address = rest.withoutDeliverTo.trimmed.text(
                limit: OrderMessageLimits.addressScalars
            )
        } else if isName(rest, form, isIntroduced: answer.isIntroduced) {
            form.customerName = rest.bare.text(limit: OrderMessageLimits.nameScalars)
        } else if form.items == nil, ItemReader.startsWithQuantity(line) || form.missing.isEmpty,
            !isTalk(line)
        {
            fillItems(&form, line)
        } else if form.address == nil, !isTalk(rest), !isChatter(rest), mayBePlace(rest),
            !AddressScore.isProse(rest)
        {
            form.address = rest.trimmed.text(limit: OrderMessageLimits.addressScalars)
        }
    }

    /// "and 1 pie", "plus 2 cokes", "add 3 pies".
    private static func isFurtherItem(_ line: Phrase) -> Bool {
        line.withoutJoint.range != line.range && ItemReader.startsWithQuantity(line.withoutJoint)
    }

    /// "2 Lagos buns" holds a place and is none.
    private static func isOnlyGoods(_ line: Phrase) -> Bool {
        AddressScore(line).points == 1 && ItemReader.startsWithQuantity(line)
            && line.tokens.contains { $0.has(.goods) }
    }

    /// Whether a line without a word of places may be one all the same: it has a number or a capital, and counts nothing.
    private static func mayBePlace(_ line: Phrase) -> Bool {
        let words = line.words
        guard let first = words.first,
            !words.contains(where: {
                $0.has([.goods, .measure, .wish, .payment]) || $0.kind == .number && $0.folded.utf8.count > 5
            })
        else {
            return false
        }
        let isMarked =
            first.kind != .word || NameReader.isCapital(line.line.scalars[first.range.lowerBound])
            || words.contains { $0.kind != .word }
        let counts = ItemReader.startsWithQuantity(line)
        let hasCapital = words.contains { NameReader.isCapital(line.line.scalars[$0.range.lowerBound]) }
        return isMarked && (!counts || hasCapital) && line.hasLetters
    }

    private static func fillItems(_ form: inout OrderForm, _ line: Phrase) {
        var reader = ItemReader()
        reader.read(line)
        guard !reader.items.isEmpty else { return }
        form.items = (form.items ?? []) + reader.items
    }

    private static func isName(_ line: Phrase, _ form: OrderForm, isIntroduced: Bool = false) -> Bool {
        guard form.customerName == nil, AddressScore(line).points == 0, !isChatter(line) else { return false }
        let isFirstName = form.items != nil && line.words.count == 1 && NameReader.isFirstName(line)
        guard (NameReader.likelihood(line, allowsOneWord: true) ?? -1) >= 0 || isFirstName,
            !line.words.contains(where: { $0.has([.number, .measure]) && $0.folded.utf8.count > 1 })
        else { return false }
        // "It's okay", "I am busy"
        guard isIntroduced, let first = line.firstWord else { return true }
        return NameReader.isCapital(line.line.scalars[first.range.lowerBound])
    }

    private static func isChatter(_ line: Phrase) -> Bool {
        line.words.contains { TalkWords.answers.contains($0.folded) }
    }

    private static func isTalk(_ line: Phrase) -> Bool {
        line.words.count == 1
            && line.words.contains {
                TalkWords.answers.contains($0.folded) || $0.has([.function, .greeting])
            }
            || TalkReader.isQuestionOrStatus(line) || FormReader.isInstruction(line)
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
