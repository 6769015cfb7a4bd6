/// What a word may mean; a word may have several meanings.
struct WordTraits: OptionSet, Sendable {
    let rawValue: UInt64

    /// Street, road, avenue: makes an address of the words before it.
    static let street = WordTraits(bit: 0)
    /// Market, junction, estate, behind, opposite: tells a place.
    static let landmark = WordTraits(bit: 1)
    /// Plot, flat, suite, block: stands before a number.
    static let unitOfAddress = WordTraits(bit: 2)
    /// A city, state, town or quarter.
    static let city = WordTraits(bit: 3)
    /// Opens or ends a conversation in English, Pidgin, Yoruba, Hausa or Igbo.
    static let greeting = WordTraits(bit: 4)
    /// Goes with greetings and says nothing by itself: sir, dear, so, much.
    static let courtesy = WordTraits(bit: 5)
    /// May stand around a date and says nothing else: deliver, on, by, morning.
    static let dateFiller = WordTraits(bit: 6)
    /// Monday … Sunday; the value is 1 … 7.
    static let weekday = WordTraits(bit: 7)
    /// January … December; the value is 1 … 12.
    static let month = WordTraits(bit: 8)
    /// a, an, one … twelve; the value is the number.
    static let number = WordTraits(bit: 9)
    /// Pay, account, bank names: numbers beside it are no phones.
    static let payment = WordTraits(bit: 10)
    /// Starts a question.
    static let question = WordTraits(bit: 11)
    /// Mr, Mrs, Chief.
    static let title = WordTraits(bit: 12)
    /// Something that shops sell.
    static let goods = WordTraits(bit: 13)
    /// A word of sentences that is part of no name: is, the, for, my.
    static let function = WordTraits(bit: 14)
    /// Starts an instruction: please, call, ensure.
    static let instruction = WordTraits(bit: 15)
    /// Belongs to a label; the label's phrases are told by ``LabelLexicon``.
    static let label = WordTraits(bit: 16)
    /// Want, need, like: makes a wish.
    static let wish = WordTraits(bit: 17)
    /// Order, buy, get: makes a wish to buy.
    static let buying = WordTraits(bit: 18)
    /// Days, minutes, kilometres: counted, but not ordered.
    static let measure = WordTraits(bit: 19)
    /// After a wish it tells that nothing is ordered: know, ask, help.
    static let notWanted = WordTraits(bit: 20)
    /// naira, ngn, n.
    static let currency = WordTraits(bit: 21)
    /// Tells of urgency without a day: asap, urgently.
    static let urgency = WordTraits(bit: 22)

    /// Tomorrow, today, week: may tell a date.
    static let dateWord = WordTraits(bit: 23)

    init(rawValue: UInt64) { self.rawValue = rawValue }

    private init(bit: UInt64) { rawValue = 1 << bit }
}

/// What the dictionary says about a word.
struct WordEntry: Sendable {
    /// Its meanings.
    var traits: WordTraits

    /// The number of a weekday, month or number word.
    var value: Int

    /// A word that is not in the dictionary.
    static let unknown = WordEntry(traits: [], value: 0)
}
