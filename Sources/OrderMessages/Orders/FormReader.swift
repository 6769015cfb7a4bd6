/// Fills one form from the lines of a message, labelled and not (spec D2, steps 6 and 7).
struct FormReader {
    /// What the form says.
    private(set) var form = OrderForm()

    /// The labels that had a value.
    private(set) var filledLabels: Set<LabelField> = []

    /// The wish that a line without label expressed.
    private(set) var wish: WishReader.Finding?

    /// How much the address looks like one.
    private(set) var addressPoints = 0

    /// Whether a quantity of something is named.
    private(set) var hasQuantity = false

    /// Whether something that shops sell is named among the items.
    private(set) var hasGoods = false

    /// Whether money is named.
    private(set) var hasMoney = false

    /// Whether a date is named.
    var hasDate: Bool { form.deliveryDateText != nil }

    private let dates: DateReader
    private let known: OrderForm
    private var itemReader = ItemReader()
    private var addresses: [String] = []
    private var quantity: Int?
    private var receiver: (label: String, name: String)?
    private var named: (label: String, name: String)?
    /// A name that stood under another label; taken when there is no better one.
    private var possibleName: String?
    private var isTotalNamed = false
    private var open: LabelField?
    private var lastFilled: LabelField?
    private var lines = UnlabelledLines()

    /// Reads the lines of one order.
    ///
    /// - Parameters:
    ///   - lines: The lines.
    ///   - dates: What dates are relative to.
    ///   - known: What earlier messages told.
    init(_ lines: [LabelledLine], dates: DateReader, known: OrderForm = OrderForm()) {
        self.dates = dates
        self.known = known
        for line in lines {
            if let label = line.label {
                take(label, line)
            } else if let open {
                takeBelow(open, line.value)
            } else {
                takeUnlabelled(line.value)
            }
        }
        sortUnlabelled()
        finish()
    }

    // MARK: - Labelled

    private mutating func take(_ label: LabelField, _ line: LabelledLine) {
        guard line.value.hasContent else {
            open = label
            lastFilled = nil
            return
        }
        open = nil
        lastFilled = label
        fill(label, line.labelText, line.value)
    }

    private mutating func fill(_ label: LabelField, _ text: String, _ value: Phrase) {
        filledLabels.insert(label)
        switch label {
        case .name: fillName(value) { form, name in form.takeName(text, name) }
        case .receiver: fillName(value) { form, name in form.takeReceiver(text, name) }
        case .phone: fillPhone(value)
        case .address: fillAddress(value)
        case .items: readItems(value)
        case .quantity: quantity = value.tokens.first?.value
        case .date: fillDate(text, value)
        case .notes: fillNotes(value)
        case .sender: form.addNote("\(text): \(value.text)")
        case .total: fillTotal(text, value)
        }
    }

    /// A line below a label that had no value.
    private mutating func takeBelow(_ label: LabelField, _ value: Phrase) {
        switch label {
        case .address, .items:
            if Greeting.isOnly(value) { return }
            guard PhoneScanner.numbers(in: value).isEmpty, !dates.isOnlyDate(value), value.hasLetters else {
                return takeUnlabelled(value)
            }
            if label == .items, TalkReader.isHeading(value) || TalkReader.isAnswer(value) { return }
            if label == .items, !ItemReader.hasQuantity(value),
                FormReader.isInstruction(value)
                    || TalkReader.speaksOfOrder(value)
            {
                return takeUnlabelled(value)
            }
            // An address among the items.
            if label == .items, AddressScore(value).points > 1, !ItemReader.startsWithQuantity(value) {
                return takeUnlabelled(value)
            }
            fill(label, "", value.withoutBullet)
        case .notes: fill(label, "", value)
        case .phone where PhoneScanner.numbers(in: value, isLabelled: true).isEmpty:
            open = nil
            takeUnlabelled(value)
        case .name, .receiver, .phone, .quantity, .date, .sender, .total:
            open = nil
            lastFilled = label
            fill(label, label == .sender ? "Sender" : "Name", value)
        }
    }

    private mutating func fillName(_ value: Phrase, _ keep: (inout FormReader, String) -> Void) {
        let rest = takePhones(of: value)
        guard rest.hasLetters else { return }
        keep(&self, rest.bare.text(limit: OrderMessageLimits.nameScalars))
    }

    private mutating func takeName(_ label: String, _ name: String) {
        if named == nil { named = (label, name) } else { form.addNote("\(label): \(name)") }
    }

    private mutating func takeReceiver(_ label: String, _ name: String) {
        if receiver == nil { receiver = (label, name) } else { form.addNote("\(label): \(name)") }
    }

    private mutating func fillPhone(_ value: Phrase) {
        let findings = PhoneScanner.numbers(in: value, isLabelled: true)
        form.addPhones(findings.map(\.number))
        // "Contact: Amara Nwosu", "Contact: Amara Nwosu 0803…"
        let rest = FormReader.rest(of: value, without: findings)
        let likelihood = NameReader.likelihood(rest, allowsOneWord: false) ?? -1
        let isName = likelihood >= (findings.isEmpty ? 0 : 2) && !rest.tokens.contains { $0.has(.label) }
        if isName, possibleName == nil {
            possibleName = rest.bare.text(limit: OrderMessageLimits.nameScalars)
        }
    }

    private mutating func fillAddress(_ value: Phrase) {
        let rest = takePhones(of: value).trimmed
        guard rest.hasContent else { return }
        addresses.append(rest.text)
        addressPoints = max(addressPoints, AddressScore(rest).points)
    }

    private mutating func fillDate(_ label: String, _ value: Phrase) {
        let finding = dates.find(in: value)
        // "Delivery: 12 Palm Grove Street" names the place.
        let namesPlace = AddressScore(value).points > 1 || value.tokens.contains { $0.has(.city) }
        if finding == .none, namesPlace, label.lowercased() == "delivery" { return fillAddress(value) }
        keepDate(finding, text: value.text)
    }

    private mutating func keepDate(_ finding: DateReader.Finding, text: String) {
        if form.deliveryDate == nil { form.deliveryDate = finding.day }
        let joined = form.deliveryDateText.map { "\($0), \(text)" } ?? text
        form.deliveryDateText = joined.prefixOfScalars(OrderMessageLimits.nameScalars)
    }

    private mutating func fillNotes(_ value: Phrase) {
        form.addPhones(PhoneScanner.numbers(in: value).map(\.number))
        form.addNote(value.text)
    }

    private mutating func fillTotal(_ label: String, _ value: Phrase) {
        guard let amount = FormReader.total(value) else { return form.addNote(value.text) }
        keepTotal(amount, isNamed: label.lowercased().contains("total"))
    }

    /// The first amount, unless a later one is called the total and the first is not.
    private mutating func keepTotal(_ amount: Amount, isNamed: Bool) {
        hasMoney = true
        guard form.totalAmount == nil || isNamed && !isTotalNamed else { return }
        form.totalAmount = amount
        isTotalNamed = isNamed
    }

    /// The amount of a total, with or without a sign of money.
    private static func total(_ value: Phrase) -> Amount? {
        if let found = AmountReader.first(in: value) { return found.amount }
        for index in value.range {
            guard let number = AmountReader.digits(value, at: index), number.hundredths > 0 else { continue }
            return Amount(hundredths: number.hundredths)
        }
        return nil
    }

    /// Keeps the numbers of a phrase and gives the longest part without them.
    private mutating func takePhones(of value: Phrase) -> Phrase {
        let findings = PhoneScanner.numbers(in: value)
        form.addPhones(findings.map(\.number))
        return FormReader.rest(of: value, without: findings)
    }

    static func rest(of value: Phrase, without findings: [PhoneScanner.Finding]) -> Phrase {
        parts(of: value, without: findings).max { $0.words.count < $1.words.count } ?? value
    }

    /// What stands before, between and behind numbers.
    private static func parts(of value: Phrase, without findings: [PhoneScanner.Finding]) -> [Phrase] {
        var parts: [Phrase] = []
        var start = value.range.lowerBound
        for finding in findings {
            parts.append(value.part(start..<finding.range.lowerBound))
            start = finding.range.upperBound
        }
        parts.append(value.part(start..<value.range.upperBound))
        return parts
    }

    private mutating func readItems(_ value: Phrase) {
        let value = takeTrailingDate(of: value)
        if ItemReader.hasQuantity(value) || ItemReader.startsWithQuantity(value) { hasQuantity = true }
        if AmountReader.first(in: value) != nil { hasMoney = true }
        if value.tokens.contains(where: { $0.has(.goods) }) { hasGoods = true }
        itemReader.read(value)
    }

    /// "2 cakes for Friday" and "2 cakes, tomorrow": the phrase without its date.
    private mutating func takeTrailingDate(of value: Phrase) -> Phrase {
        guard let range = dates.find(in: value).range, range.lowerBound > value.range.lowerBound else {
            return value
        }
        var start = range.lowerBound
        while start > value.range.lowerBound,
            value.line.tokens[start - 1].has(.dateFiller) || value.line.tokens[start - 1].kind == .sign
        {
            start -= 1
        }
        let tail = value.part(start..<value.range.upperBound)
        guard start > value.range.lowerBound, start < range.lowerBound, dates.isOnlyDate(tail) else {
            return value
        }
        keepDate(dates.find(in: tail), text: tail.trimmed.text)
        return value.part(value.range.lowerBound..<start)
    }

    // MARK: - Unlabelled

    private mutating func takeUnlabelled(_ value: Phrase) {
        if Greeting.isOnly(value) { return }
        let findings = PhoneScanner.numbers(in: value)
        form.addPhones(findings.map(\.number))
        if lastFilled == .address, findings.isEmpty, AddressScore(value).points > 0,
            !AddressScore.isProse(value),
            !ItemReader.startsWithQuantity(value)
                || AddressScore(value).points > 1
        {
            return fillAddress(value)
        }
        lastFilled = nil
        let isPhoneLine = !findings.isEmpty && value.scalarCount <= OrderMessageLimits.phoneLineScalars
        let rest = FormReader.rest(of: value, without: findings)
        // "Kunle Ade, 0805…, No 3 Sapele Road": what is before the number and what is behind it.
        for part in FormReader.parts(of: value, without: findings)
        where part.range == rest.range || FormReader.saysSomething(part) {
            lines.add(part.range == rest.range ? part : part.bare, isPhoneLine: isPhoneLine)
        }
    }

    /// Whether the smaller part of a line with a phone is a name, a place or an item.
    private static func saysSomething(_ part: Phrase) -> Bool {
        AddressScore(part).points > 0 || ItemReader.startsWithQuantity(part.bare)
            || NameReader.likelihood(part, allowsOneWord: false) ?? 0 >= 2
    }

    private mutating func sortUnlabelled() {
        for index in lines.indices { classify(index) }
        if addresses.isEmpty, known.address == nil { takeAddress() }
        if named == nil, receiver == nil, known.customerName == nil { takeName() }
        let hasLabelledItems = filledLabels.contains(.items)
        for phrase in lines.rest {
            takeRest(phrase, hasLabelledItems: hasLabelledItems)
        }
    }

    /// Settles a line by the tests that need no other line.
    private mutating func classify(_ index: Int) {
        let phrase = lines[index].phrase
        guard phrase.hasContent, !TalkReader.isHeading(phrase), !TalkReader.tellsHowToOrder(phrase),
            !TalkReader.isAnswer(phrase)
        else {
            return lines.settle(index)
        }
        if FormReader.isAddressOfPage(phrase) {
            form.addNote(phrase.text)
            return lines.settle(index)
        }
        if dates.isOnlyDate(phrase) || dates.isOnlyTime(phrase) {
            keepDate(dates.find(in: phrase), text: phrase.trimmed.text)
            return lines.settle(index)
        }
        if let first = phrase.firstWord, ["total", "totals", "totalling"].contains(first.folded),
            let amount = FormReader.total(phrase)
        {
            keepTotal(amount, isNamed: true)
            return lines.settle(index)
        }
        if let found = WishReader.find(in: phrase) {
            if wish == nil { wish = found }
            if TalkReader.isHeading(found.wanted) { return lines.settle(index) }
            let isFor = phrase.line.tokens[found.start].folded == "order"
            let isName = isFor && NameReader.likelihood(found.wanted, allowsOneWord: false) ?? 0 >= 2
            return lines.replace(index, by: found.wanted, mayBeName: isName)
        }
        // What is left of a phone line is a name, a place or an item, or says nothing.
        let points = AddressScore(phrase).points
        if points > 0, AddressScore.isProse(phrase) {
            // A sentence about a place, or one that asks for something to be brought there.
            guard !ItemReader.startsWithQuantity(phrase.withoutRequest) else { return }
            if let (address, rest) = AddressScore.beforeProse(phrase) {
                form.addNote(rest.trimmed.text)
                return lines.markAddress(index, as: address, points: AddressScore(address).points)
            }
            form.addNote(phrase.trimmed.text)
            return lines.settle(index)
        }
        if points > 0, !(points == 1 && FormReader.isInstruction(phrase)),
            !(points == 1 && ItemReader.startsWithQuantity(phrase))
        {
            return lines.markAddress(index, points: points)
        }
        if lines[index].isPhoneLine, NameReader.likelihood(phrase, allowsOneWord: false) == nil,
            !ItemReader.startsWithQuantity(phrase)
        {
            lines.settle(index)
        }
    }

    private mutating func takeAddress() {
        let chosen = lines.takeBestAddress()
        addressPoints = chosen.map { AddressScore($0).points }.max() ?? 0
        addresses = chosen.map { $0.withoutDeliverTo.trimmed.text }
    }

    private mutating func takeName() {
        let hasPhone = form.customerPhone != nil || known.customerPhone != nil
        let hasBoth = hasPhone && (!addresses.isEmpty || known.address != nil)
        guard let phrase = lines.takeBestName(allowsOneWord: hasBoth) else { return }
        named = ("Name", phrase.withoutBullet.bare.text(limit: OrderMessageLimits.nameScalars))
    }

    private mutating func takeRest(_ phrase: Phrase, hasLabelledItems: Bool) {
        // "Please add 2 candles"
        let request = phrase.withoutRequest
        if ItemReader.startsWithQuantity(request) { return readItems(request) }
        let hasCount = ItemReader.hasQuantity(phrase) && !FormReader.isInstruction(phrase)
        // "Size: 10 inches" has a label that is none of ours.
        let isForeign =
            hasLabelledItems && phrase.range.prefix(4).contains { phrase.line.tokens[$0].isSign(":") }
        let isNote =
            TalkReader.speaksOfOrder(phrase) || !phrase.hasLetters || isForeign
            || (!hasCount && (hasLabelledItems || FormReader.isInstruction(phrase)))
        guard !isNote else { return form.addNote(phrase.trimmed.text) }
        readItems(phrase)
    }

    // MARK: - End

    private mutating func finish() {
        if let receiver {
            form.customerName = receiver.name
            if let named { form.addNote("\(named.label): \(named.name)") }
        } else {
            form.customerName = named?.name ?? possibleName
        }
        if !addresses.isEmpty {
            form.address = addresses.joined(separator: ", ").prefixOfScalars(
                OrderMessageLimits.addressScalars
            )
        }
        for leftover in itemReader.leftovers { form.addNote(leftover) }
        var items = itemReader.items
        if let quantity, items.count == 1, items[0].quantity == 1,
            (1...OrderMessageLimits.quantity).contains(quantity)
        {
            items[0].quantity = quantity
            hasQuantity = true
        }
        form.items = items.isEmpty ? nil : items
        if items.contains(where: { $0.unitPrice != nil || $0.linePrice != nil }) { hasMoney = true }
    }
}
