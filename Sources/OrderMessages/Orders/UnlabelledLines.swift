/// The lines without labels, and what each turned out to be.
struct UnlabelledLines {
    /// One line.
    struct Entry {
        /// The line without its phone numbers.
        var phrase: Phrase
        /// Whether it held a phone number.
        let isPhoneLine: Bool
        /// How much it looks like an address; 0 when it is none.
        var addressPoints = 0
        /// Whether it may be a name: what follows a wish is none.
        var mayBeName = true
        /// Whether it is used up.
        var isSettled = false
    }

    private var entries: [Entry] = []

    /// The places of all lines.
    var indices: Range<Int> { entries.indices }

    /// The line at a place.
    subscript(index: Int) -> Entry { entries[index] }

    /// What no rule took, in order.
    var rest: [Phrase] { entries.filter { !$0.isSettled }.map(\.phrase) }

    mutating func add(_ phrase: Phrase, isPhoneLine: Bool) {
        entries.append(Entry(phrase: phrase, isPhoneLine: isPhoneLine))
    }

    mutating func settle(_ index: Int) {
        entries[index].isSettled = true
    }

    /// Puts what is wanted in the place of the line that says so.
    mutating func replace(_ index: Int, by phrase: Phrase, mayBeName: Bool) {
        entries[index].phrase = phrase
        entries[index].mayBeName = mayBeName
        entries[index].isSettled = !phrase.hasContent
    }

    /// Leaves of a line the address that it begins with.
    mutating func markAddress(_ index: Int, as phrase: Phrase, points: Int) {
        entries[index].phrase = phrase
        entries[index].addressPoints = points
    }

    mutating func markAddress(_ index: Int, points: Int) {
        entries[index].addressPoints = points
    }

    /// "Ife O'Brien" holds a city and is the name where no other line is one and another line is the address.
    private mutating func giveWayToName() {
        let hasName = entries.contains {
            !$0.isSettled && $0.mayBeName && $0.addressPoints == 0
                && NameReader.likelihood($0.phrase, allowsOneWord: true) ?? -1 >= 0
        }
        guard !hasName, entries.count(where: { $0.addressPoints > 0 }) > 1 else { return }
        let names = entries.indices.filter {
            entries[$0].addressPoints == 1 && entries[$0].mayBeName
                && NameReader.likelihood(entries[$0].phrase, allowsOneWord: false) ?? 0 >= 2
                && !entries[$0].phrase.tokens.contains { $0.has([.street, .landmark]) }
        }
        guard let name = names.first, names.count == 1 else { return }
        entries[name].addressPoints = 0
    }

    /// The line that looks most like an address, with the address lines beside it.
    mutating func takeBestAddress() -> [Phrase] {
        giveWayToName()
        let points = entries.map(\.addressPoints).max() ?? 0
        guard points > 0, let best = entries.firstIndex(where: { $0.addressPoints == points }) else {
            return []
        }
        var first = best
        var last = best
        while first > 0, entries[first - 1].addressPoints > 0 { first -= 1 }
        while last + 1 < entries.count, entries[last + 1].addressPoints > 0 { last += 1 }
        for index in first...last { settle(index) }
        return entries[first...last].map(\.phrase)
    }

    /// The line that is most likely a name; the first of equals.
    ///
    /// One word is enough where it is allowed and the only line of letters.
    mutating func takeBestName(allowsOneWord: Bool) -> Phrase? {
        let candidates = entries.indices.filter { !entries[$0].isSettled && entries[$0].mayBeName }
        var best: (index: Int, likelihood: Int)?
        for index in candidates {
            guard let likelihood = NameReader.likelihood(entries[index].phrase, allowsOneWord: false),
                likelihood >= 0,
                likelihood > best?.likelihood ?? -1
            else { continue }
            best = (index, likelihood)
        }
        if best == nil, allowsOneWord {
            let single = candidates.filter {
                entries[$0].phrase.words.allSatisfy { $0.folded.utf8.count > 1 }
                    && !TalkReader.isAnswer(entries[$0].phrase)
                    && NameReader.likelihood(entries[$0].phrase, allowsOneWord: true) != nil
            }
            if single.count == 1, let index = single.first,
                NameReader.likelihood(entries[index].phrase, allowsOneWord: true) ?? -1 >= 0
            {
                best = (index, 0)
            }
        }
        guard let best else { return nil }
        settle(best.index)
        return entries[best.index].phrase
    }
}
