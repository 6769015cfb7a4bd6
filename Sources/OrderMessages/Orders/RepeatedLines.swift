/// Several orders without labels in one message: phone and address come again, in the same order.
enum RepeatedLines {
    private enum Kind {
        case phone
        case address
        case name
        case other
    }

    /// Where each order begins; `nil` where the lines are those of one.
    ///
    /// The lines tell it only where each order begins with its name, or with what comes again.
    static func starts(in lines: [LabelledLine]) -> [Int]? {
        guard lines.count >= 4, !lines.contains(where: { $0.label != nil }) else { return nil }
        let kinds = lines.map { kind($0.value) }
        guard kinds.count(where: { $0 == .phone }) >= 2 else { return nil }
        let first = kinds.indices.first {
            !Greeting.isOnly(lines[$0].value) && WishReader.find(in: lines[$0].value) == nil
        }
        guard let first, kinds[first] != .other else { return nil }
        let blocks = kinds.indices.filter { index in
            guard kinds[index] == .phone || kinds[index] == .address else { return false }
            return kinds[..<index].last { $0 == .phone || $0 == .address } != kinds[index]
        }
        guard blocks.count >= 4, blocks.count.isMultiple(of: 2) else { return nil }
        var starts = [0]
        for block in stride(from: 2, to: blocks.count, by: 2) {
            let index = blocks[block]
            guard kinds[first] == .name else {
                starts.append(index)
                continue
            }
            guard kinds[index - 1] == .name else { return nil }
            starts.append(index - 1)
        }
        return starts
    }

    private static func kind(_ phrase: Phrase) -> Kind {
        if !PhoneScanner.numbers(in: phrase).isEmpty { return .phone }
        let points = AddressScore.isProse(phrase) ? 0 : AddressScore(phrase).points
        if points > 1 || points == 1 && !ItemReader.startsWithQuantity(phrase) { return .address }
        return NameReader.likelihood(phrase, allowsOneWord: true) ?? -1 >= 0 ? .name : .other
    }
}
