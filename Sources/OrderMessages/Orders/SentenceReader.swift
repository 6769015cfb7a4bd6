/// Reads a single sentence: it may be a wish, but it is never forced into the fields of an order (spec D2, step 8).
struct SentenceReader {
    /// What the sentence is.
    let reading: MessageReading

    init(_ sentence: Phrase, dates: DateReader) {
        let phones = PhoneScanner.numbers(in: sentence)
        var evidence = OrderEvidence()
        evidence.hasPhone = !phones.isEmpty
        evidence.addressPoints = AddressScore(sentence).points
        evidence.hasAddress = evidence.addressPoints > 0
        evidence.hasQuantity = ItemReader.hasQuantity(sentence)
        evidence.hasMoney = AmountReader.first(in: sentence) != nil
        evidence.hasDate = dates.find(in: sentence).day != nil
        evidence.hasSubject = evidence.hasQuantity
        evidence.isQuestion = TalkReader.isQuestion(sentence)
        evidence.isTalk = TalkReader.isQuestionOrStatus(sentence)
        evidence.isAdvert = TalkReader.advertWords(sentence) >= (evidence.hasQuantity ? 2 : 1)
        if let wish = WishReader.find(in: sentence) { evidence.take(wish) }
        let isReport = TalkReader.speaksOfOrder(sentence) && !evidence.hasWish
        guard evidence.isOrder, !isReport else {
            reading = .ignored(evidence.reason)
            return
        }
        var form = OrderForm()
        form.addPhones(phones.map(\.number))
        reading = .incomplete([form])
    }
}
