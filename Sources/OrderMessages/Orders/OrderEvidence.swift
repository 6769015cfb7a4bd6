/// What speaks for and against an order (spec D2, step 10).
struct OrderEvidence {
    var hasPhone = false
    var labels = 0
    var addressPoints = 0
    var hasQuantity = false
    var hasMoney = false
    /// Whether name, phone, address and goods are all there.
    var isComplete = false
    var hasDate = false
    /// Whether there is a name or something to order.
    var hasSubject = false
    /// Whether something is wished for.
    var hasWish = false
    /// Whether the wish says order or buy, or names goods, so that it is answered even without more.
    var hasPlainWish = false
    var hasAddress = false
    /// Whether it asks something.
    var isQuestion = false
    /// Whether it asks, or speaks of an order that exists.
    var isTalk = false
    /// Whether it offers goods or reports what was done.
    var isAdvert = false

    init() {}

    /// What the forms of a message and its lines without labels hold.
    init(_ readers: [FormReader], unlabelled: [Phrase]) {
        for reader in readers {
            hasPhone = hasPhone || reader.form.customerPhone != nil
            addressPoints = max(addressPoints, reader.addressPoints)
            hasQuantity = hasQuantity || reader.hasQuantity
            hasMoney = hasMoney || reader.hasMoney
            isComplete = isComplete || reader.form.missing.isEmpty && reader.hasGoods
            hasDate = hasDate || reader.hasDate
            hasAddress = hasAddress || reader.form.address != nil
            hasSubject = hasSubject || reader.form.customerName != nil || reader.form.items != nil
            let isName = reader.filledLabels.contains(.name) || reader.filledLabels.contains(.receiver)
            let others: [LabelField] = [.phone, .address, .items]
            labels = max(labels, others.filter(reader.filledLabels.contains).count + (isName ? 1 : 0))
            if let wish = reader.wish { take(wish) }
        }
        isQuestion = unlabelled.contains(where: TalkReader.isQuestion)
        isTalk = unlabelled.contains(where: TalkReader.isQuestionOrStatus)
        let adverts = unlabelled.reduce(0) { $0 + TalkReader.advertWords($1) }
        let isReport = unlabelled.first.map(TalkReader.isReport) ?? false
        // Adverts have places and numbers with labels, but no customer and no list of items.
        let isForm = readers.contains { !$0.filledLabels.isDisjoint(with: [.name, .receiver, .items]) }
        isAdvert = !isForm && (adverts >= (hasQuantity || hasWish ? 2 : 1) || isReport && !hasWish)
    }

    /// Notes a wish.
    mutating func take(_ wish: WishReader.Finding) {
        hasWish = hasWish || wish.wanted.hasContent
        hasPlainWish = hasPlainWish || wish.saysOrder || wish.wanted.tokens.contains { $0.has(.goods) }
    }

    /// The sum.
    var score: Int {
        var score = hasPhone ? 3 : 0
        score += 2 * labels
        score += min(2, addressPoints)
        score += hasQuantity ? 2 : 0
        score += hasWish ? 3 : 0
        score += hasMoney ? 1 : 0
        score += isComplete ? 1 : 0
        score += hasDate ? 1 : 0
        if isTalk, !(hasPhone && (hasAddress || labels >= 2)) { score -= 4 }
        return score
    }

    /// Why it is left alone when it is none.
    var reason: IgnoredReason { isQuestion ? .question : .notAnOrder }

    /// Whether it is one.
    var isOrder: Bool {
        guard !isAdvert else { return false }
        // "I want to order" is answered with the form.
        if hasPlainWish, !isTalk { return true }
        return score >= 5 && (hasPhone || labels >= 2 || hasWish) && (hasSubject || hasWish)
    }
}
