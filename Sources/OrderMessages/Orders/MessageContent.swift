/// The lines of a message that say something.
struct MessageContent {
    /// What they are.
    enum Kind {
        /// Neither letters nor digits.
        case nothing
        /// Greetings and thanks.
        case greeting
        /// One sentence without labels, never forced into fields.
        case sentence(Phrase)
        /// Lines, or the parts of one with labels or separators.
        case lines([LabelledLine])
        /// Several sentences that each hold a phone and a place: several orders, none forced into fields.
        case sentences([Phrase])
        /// Several lines with separators that each hold a phone and a place: an order each.
        case table([[LabelledLine]])
    }

    /// What they are.
    let kind: Kind

    init(_ text: MessageText) {
        let all = text.lines.filter(\.hasContent)
        guard !all.isEmpty else {
            kind = .nothing
            return
        }
        let lines = Array(all.drop { Greeting.isOnly($0.phrase) })
        guard !lines.isEmpty else {
            kind = .greeting
            return
        }
        if let several = MessageContent.several(lines) {
            kind = several
            return
        }
        let parts = MessageContent.parts(of: lines.map(CopyMark.dropped(from:)))
        let isNumbered = MessageContent.isNumbered(parts)
        let labelled = parts.enumerated().flatMap { index, line in
            LabelledLine.split(line, isOneOfSeveral: parts.count > 1).enumerated().map { position, part in
                guard position == 0 else { return part }
                let part = isNumbered ? part.withoutBullet : part
                return index == 0 ? part.withoutGreeting : part
            }
        }
        let separated = labelled.contains { $0.label != nil }
        let labels = LabelledLine.withoutHeadings(
            separated ? labelled : LabelledLine.withBareLabels(labelled)
        )
        let filled = labels.filter { $0.label != nil || !Greeting.isOnly($0.value) }
        if filled.count == 1, let only = filled.first, only.label == nil, parts.count == lines.count {
            kind = .sentence(only.value)
        } else {
            kind = .lines(labels)
        }
    }

    /// Whether it speaks of an order that exists: a confirmation that was sent on, a complaint.
    ///
    /// What stands under a label such as Notes does not count.
    var namesOrder: Bool {
        switch kind {
        case .nothing, .greeting, .table: false
        case .sentence(let sentence): sentence.namesOrder
        case .sentences(let sentences): sentences.contains(where: \.namesOrder)
        case .lines(let lines):
            lines.contains { ($0.label == nil || $0.label == .items) && $0.value.namesOrder }
        }
    }

    /// Whether lines are numbered from 1: the "12." of an address is no numbering.
    private static func isNumbered(_ lines: [Line]) -> Bool {
        let numbers = lines.compactMap(\.phrase.numbering)
        return numbers.count > 1 && numbers.enumerated().allSatisfy { $1 == $0 + 1 }
    }

    /// A single line with two and more `;` or `|` is several.
    private static func parts(of lines: [Line]) -> [Line] {
        guard lines.count == 1, let line = lines.first else {
            // A row with everything among other lines.
            return lines.flatMap { (line: Line) -> [Line] in
                let hasSign = line.tokens.contains { $0.isSign(";") || $0.isSign("|") }
                guard hasSign, !PhoneScanner.numbers(in: line.phrase).isEmpty,
                    AddressScore(line.phrase).points > 0
                else { return [line] }
                return MessageContent.parts(of: [line])
            }
        }
        var parts: [Line] = []
        var start = 0
        for token in line.tokens where token.isSign(";") || token.isSign("|") {
            append(line, start..<token.range.lowerBound, to: &parts)
            start = token.range.upperBound
        }
        append(line, start..<line.scalars.count, to: &parts)
        return parts.count >= 3 ? parts : lines
    }

    /// Lines that are an order each, at least two.
    private static func several(_ lines: [Line]) -> Kind? {
        guard lines.count > 1 else { return nil }
        let whole = lines.filter {
            !PhoneScanner.numbers(in: $0.phrase).isEmpty && AddressScore($0.phrase).points > 0
                && !AddressScore.isProse($0.phrase)
                && !$0.tokens.contains { $0.isSign(":") }
        }
        guard whole.count > 1, !TalkReader.isReport(lines[0].phrase) else { return nil }
        let rows = whole.map { parts(of: [$0]) }
        guard rows.allSatisfy({ $0.count >= 3 }) else { return .sentences(whole.map(\.phrase)) }
        return .table(
            rows.prefix(OrderMessageLimits.orders).map { row in
                row.map { LabelledLine(label: nil, labelText: "", value: $0.phrase.withoutBullet) }
            }
        )
    }

    private static func append(_ line: Line, _ range: Range<Int>, to parts: inout [Line]) {
        var range = range
        while let first = range.first, line.scalars[first] == " " { range.removeFirst() }
        guard !range.isEmpty else { return }
        let part = Line(Array(line.scalars[range]))
        if part.hasContent { parts.append(part) }
    }
}

extension LabelledLine {
    /// The line without "Good morning, " at its start.
    var withoutGreeting: LabelledLine {
        guard label == nil else { return self }
        return LabelledLine(label: nil, labelText: "", value: Greeting.dropped(from: value))
    }

    /// The line without its bullet or number.
    var withoutBullet: LabelledLine {
        guard label == nil else { return self }
        return LabelledLine(label: nil, labelText: "", value: value.withoutBullet)
    }

    /// The lines with labels that nothing separates from their values, where three lines and more begin with different ones.
    static func withBareLabels(_ lines: [LabelledLine]) -> [LabelledLine] {
        let split = lines.map { $0.withBareLabel }
        return Set(split.compactMap(\.label)).count >= 3 ? split : lines
    }

    /// The line cut behind the longest label that its first three words are.
    private var withBareLabel: LabelledLine {
        let tokens = value.line.tokens
        var words: [String] = []
        var found: (LabelField, Int)?
        for index in value.range.prefix(3) {
            guard tokens[index].kind == .word else { break }
            words.append(tokens[index].folded)
            if let field = LabelLexicon.field(words, allowsErrors: true) { found = (field, index + 1) }
        }
        guard let (field, start) = found else { return self }
        let text = value.part(value.range.lowerBound..<start).text
        return LabelledLine(
            label: field,
            labelText: text,
            value: value.part(start..<value.range.upperBound).trimmed
        )
    }

    /// The lines of each order: a second filled name starts a second one, and so does what is repeated before it.
    static func orders(in lines: [LabelledLine]) -> [[LabelledLine]] {
        if let starts = RepeatedLines.starts(in: lines)?.prefix(OrderMessageLimits.orders) {
            let ends = starts.dropFirst() + [lines.count]
            return zip(starts, ends).map { Array(lines[$0..<$1]) }
        }
        var orders: [[LabelledLine]] = []
        var current: [LabelledLine] = []
        for line in lines {
            if let label = line.label, label == .name || label == .receiver, isFilled(label, in: current),
                orders.count + 1 < OrderMessageLimits.orders
            {
                let start = startOfNext(in: current)
                orders.append(Array(current[..<start]))
                current.removeFirst(start)
            }
            current.append(line)
        }
        orders.append(current)
        return orders
    }

    private static func isFilled(_ label: LabelField, in lines: [LabelledLine]) -> Bool {
        lines.enumerated().contains { index, line in
            guard line.label == label else { return false }
            return line.value.hasContent || index + 1 < lines.count && lines[index + 1].label == nil
        }
    }

    /// Where the fields that are there a second time begin.
    private static func startOfNext(in lines: [LabelledLine]) -> Int {
        var start = lines.count
        while start > 0 {
            // A label without a value goes together with the lines below it.
            var first = start - 1
            while first > 0, lines[first].label == nil { first -= 1 }
            guard let label = lines[first].label, label != .name, label != .receiver,
                first == start - 1 || !lines[first].value.hasContent,
                lines[..<first].contains(where: { $0.label == label })
            else { return start }
            start = first
        }
        return start
    }

    /// The lines without "Order 2:" and "Customer 1:" above other labels, which number the orders of a message.
    static func withoutHeadings(_ lines: [LabelledLine]) -> [LabelledLine] {
        guard lines.count > 1 else { return lines }
        // "Order:" above lines of all kinds only announces them.
        let labelled = lines.indices.filter { lines[$0].label != nil }
        if labelled.count == 1, let only = labelled.first, lines[only].label == .items,
            !lines[only].value.hasContent,
            lines[only...].contains(where: { !PhoneScanner.numbers(in: $0.value).isEmpty })
        {
            return Array(lines[..<only] + lines[(only + 1)...])
        }
        return lines.enumerated().filter { index, line in
            guard line.label == .items || line.label == .name, !line.value.hasContent,
                index + 1 < lines.count, lines[index + 1].label != nil
            else { return true }
            return !line.labelText.utf8.contains { (0x30...0x39).contains($0) }
        }.map(\.element)
    }
}
