/// Finds a day in words, relative to today (spec D2, step 9).
struct DateReader {
    /// What was found.
    enum Finding: Equatable {
        /// No words of a date.
        case none
        /// A day, and the tokens that told it.
        case day(CivilDate, Range<Int>)
        /// A day that does not exist, such as 31 June, is ruled out, or is one of several.
        case impossible(Range<Int>)

        /// The tokens that told it.
        var range: Range<Int>? {
            switch self {
            case .none: nil
            case .day(_, let range), .impossible(let range): range
            }
        }

        /// The day.
        var day: CivilDate? { if case .day(let day, _) = self { day } else { nil } }
    }

    /// The day at the business.
    let today: CivilDate

    /// The first kind of date, in the order of the tests, that the phrase holds.
    func find(in phrase: Phrase) -> Finding {
        // Most phrases hold nothing of all that.
        var hasNumber = false
        var traits: WordTraits = []
        for token in phrase.tokens where token.kind != .sign {
            hasNumber = hasNumber || token.kind != .word
            traits.formUnion(token.entry.traits)
        }
        guard hasNumber || traits.rawValue & DateReader.telling.rawValue != 0 else { return .none }
        for kind in Kind.allCases where isPossible(kind, hasNumber, traits) {
            for index in phrase.range {
                let finding = test(kind, phrase, index)
                guard let range = finding.range else { continue }
                return isExcluded(phrase, range) || isOneOfSeveral(phrase, range)
                    ? .impossible(range) : finding
            }
        }
        return .none
    }

    /// The kinds of dates, in the order of the tests.
    private enum Kind: CaseIterable {
        case numeric, glued, dayAndMonth, monthAndDay, spanFromToday, dayAfterTomorrow, tomorrow, today, span,
            week, weekday,
            dayOfMonth
    }

    private static let telling: WordTraits = [.weekday, .month, .dateWord]

    /// Whether a phrase with such words may hold such a date.
    private func isPossible(_ kind: Kind, _ hasNumber: Bool, _ traits: WordTraits) -> Bool {
        switch kind {
        case .numeric, .glued, .dayOfMonth: hasNumber
        case .dayAndMonth, .monthAndDay: hasNumber && traits.contains(.month)
        case .spanFromToday, .dayAfterTomorrow, .tomorrow, .today, .span, .week: traits.contains(.dateWord)
        case .weekday: traits.contains(.weekday)
        }
    }

    private func test(_ kind: Kind, _ phrase: Phrase, _ index: Int) -> Finding {
        switch kind {
        case .numeric: numericDate(phrase, index)
        case .glued: gluedDate(phrase, index)
        case .dayAndMonth: dayAndMonth(phrase, index)
        case .monthAndDay: monthAndDay(phrase, index)
        case .spanFromToday: spanFromToday(phrase, index)
        case .dayAfterTomorrow: dayAfterTomorrow(phrase, index)
        case .tomorrow: tomorrow(phrase, index)
        case .today: todayWord(phrase, index)
        case .span: span(phrase, index)
        case .week: week(phrase, index)
        case .weekday: weekday(phrase, index)
        case .dayOfMonth: dayOfMonth(phrase, index)
        }
    }

    /// Whether the phrase is nothing but a date, times of day and words that go with them.
    func isOnlyDate(_ phrase: Phrase) -> Bool {
        guard let range = find(in: phrase).range else { return false }
        return isFiller(phrase, except: range)
    }

    /// Whether the phrase tells when, but no day: `asap`, `by 4pm`.
    func isOnlyTime(_ phrase: Phrase) -> Bool {
        let tellsTime = phrase.range.contains {
            isTime(phrase.line.tokens, $0) || phrase.line.tokens[$0].has(.urgency)
        }
        return tellsTime && isFiller(phrase, except: 0..<0)
    }

    private func isFiller(_ phrase: Phrase, except range: Range<Int>) -> Bool {
        phrase.range.allSatisfy { index in
            if range.contains(index) { return true }
            let token = phrase.line.tokens[index]
            switch token.kind {
            case .sign: return true
            case .word: return token.has([.dateFiller, .urgency, .weekday])
            // "Saturday 13th"
            case .mixed: return isTime(phrase.line.tokens, index) || !range.isEmpty && dayNumber(token) != nil
            case .number: return isTime(phrase.line.tokens, index)
            }
        }
    }

    // MARK: - The tests, in order

    /// `2026-06-24`, `24/06/2026`, `24-6-26`, `24.6.2026`, `24/06`.
    private func numericDate(_ phrase: Phrase, _ index: Int) -> Finding {
        let tokens = phrase.line.tokens
        guard tokens[index].kind == .number, isDateStart(tokens, index, phrase) else { return .none }
        guard let (second, separator) = next(phrase, after: index, separators: ["/", "-", "."]) else {
            return .none
        }
        if let (third, _) = next(phrase, after: second, separators: [separator]) {
            guard endsDate(phrase, third) else { return .none }
            return threeNumbers(tokens, index, second, third)
        }
        guard separator == "/", endsDate(phrase, second), isShort(tokens[index]), isShort(tokens[second]),
            let day = tokens[index].value, let month = tokens[second].value
        else { return .none }
        // A fraction is no date: 1/2 crate.
        if second + 1 < phrase.range.upperBound, tokens[second + 1].kind == .word,
            !tokens[second + 1].has(.dateFiller)
        {
            return .none
        }
        return unyeared(month: month, day: day, index..<second + 1)
    }

    private func threeNumbers(_ tokens: [Token], _ first: Int, _ second: Int, _ third: Int) -> Finding {
        guard let one = tokens[first].value, let two = tokens[second].value, let three = tokens[third].value,
            isShort(tokens[second])
        else { return .none }
        let range = first..<third + 1
        if tokens[first].folded.utf8.count == 4 {
            guard isShort(tokens[third]) else { return .none }
            return day(year: one, month: two, day: three, range)
        }
        guard isShort(tokens[first]) else { return .none }
        switch tokens[third].folded.utf8.count {
        case 4: return day(year: three, month: two, day: one, range)
        case 2: return day(year: 2000 + three, month: two, day: one, range)
        default: return .none
        }
    }

    /// `24th of June`, `24 June 2026`.
    private func dayAndMonth(_ phrase: Phrase, _ index: Int) -> Finding {
        let tokens = phrase.line.tokens
        guard let day = dayNumber(tokens[index]), isDateStart(tokens, index, phrase) else { return .none }
        var next = index + 1
        // "24 th June"
        if next < phrase.range.upperBound, tokens[index].kind == .number,
            ["st", "nd", "rd", "th"].contains(tokens[next].folded)
        {
            next += 1
        }
        while next < phrase.range.upperBound,
            tokens[next].folded == "of" || tokens[next].isSign(",") || tokens[next].isDash
        {
            next += 1
        }
        guard next < phrase.range.upperBound, tokens[next].has(.month) else { return .none }
        return finish(phrase, month: tokens[next].entry.value, day: day, index..<next + 1)
    }

    /// `June 24`, `June 24th, 2026`.
    private func monthAndDay(_ phrase: Phrase, _ index: Int) -> Finding {
        let tokens = phrase.line.tokens
        guard tokens[index].has(.month) else { return .none }
        var next = index + 1
        while next < phrase.range.upperBound,
            tokens[next].folded == "the" || tokens[next].isSign(",") || tokens[next].isSign(".")
        {
            next += 1
        }
        guard next < phrase.range.upperBound, let day = dayNumber(tokens[next]) else { return .none }
        // "may 2 people come", "12 march 2 cakes": a count is no day.
        return finish(phrase, month: tokens[index].entry.value, day: day, index..<next + 1)
    }

    private func dayAfterTomorrow(_ phrase: Phrase, _ index: Int) -> Finding {
        if matches(phrase, index, ["day", "after"]), isTomorrow(phrase, index + 2) {
            return .day(today.adding(days: 2), index..<index + 3)
        }
        // Nigerian English.
        if matches(phrase, index, ["next"]), isTomorrow(phrase, index + 1) {
            return .day(today.adding(days: 2), index..<index + 2)
        }
        return .none
    }

    private func tomorrow(_ phrase: Phrase, _ index: Int) -> Finding {
        isTomorrow(phrase, index) ? .day(today.adding(days: 1), index..<index + 1) : .none
    }

    private func todayWord(_ phrase: Phrase, _ index: Int) -> Finding {
        switch phrase.line.tokens[index].folded {
        case "today", "todays", "tonight", "tonite", "2day": return .day(today, index..<index + 1)
        case "this":
            guard index + 1 < phrase.range.upperBound else { return .none }
            switch phrase.line.tokens[index + 1].folded {
            case "morning", "afternoon", "evening": return .day(today, index..<index + 2)
            default: return .none
            }
        default: return .none
        }
    }

    /// `3 days from today`, which is not today.
    private func spanFromToday(_ phrase: Phrase, _ index: Int) -> Finding {
        guard let range = span(phrase, index).range,
            phrase.line.tokens[range.upperBound - 1].folded == "from",
            range.upperBound < phrase.range.upperBound
        else { return .none }
        let isToday = ["today", "now"].contains(phrase.line.tokens[range.upperBound].folded)
        let isTomorrow = isTomorrow(phrase, range.upperBound)
        guard isToday || isTomorrow, let day = span(phrase, index).day else { return .none }
        return .day(day.adding(days: isTomorrow ? 1 : 0), range.lowerBound..<range.upperBound + 1)
    }

    /// `in 3 days`, `in two weeks`, `in a week`, `3 days time`.
    private func span(_ phrase: Phrase, _ index: Int) -> Finding {
        let tokens = phrase.line.tokens
        let hasIn = tokens[index].folded == "in"
        var next = hasIn ? index + 1 : index
        if hasIn, next < phrase.range.upperBound,
            tokens[next].folded == "the" || tokens[next].folded == "about"
        {
            next += 1
        }
        guard next + 1 < phrase.range.upperBound, let count = count(tokens[next]), (1...366).contains(count)
        else {
            return .none
        }
        let days: Int
        switch tokens[next + 1].folded {
        case "day", "days": days = count
        case "week", "weeks", "wk", "wks": days = 7 * count
        default: return .none
        }
        let hasTime =
            next + 2 < phrase.range.upperBound && ["time", "from"].contains(tokens[next + 2].folded)
        guard hasIn || hasTime else { return .none }
        return .day(today.adding(days: days), index..<next + (hasTime ? 3 : 2))
    }

    /// `next week`, `next week Friday`, `Friday next week`.
    private func week(_ phrase: Phrase, _ index: Int) -> Finding {
        guard matches(phrase, index, ["next", "week"]) || matches(phrase, index, ["upper", "week"]) else {
            return .none
        }
        let tokens = phrase.line.tokens
        let after = index + 2
        if let weekday = weekday(phrase, after) {
            return .day(followingWeek(weekday), index..<after + 1)
        }
        if after < phrase.range.upperBound, tokens[after].folded == "on",
            let weekday = weekday(phrase, after + 1)
        {
            return .day(followingWeek(weekday), index..<after + 2)
        }
        var before = index - 1
        while before >= phrase.range.lowerBound, tokens[before].isSign(",") || tokens[before].folded == "of" {
            before -= 1
        }
        if before >= phrase.range.lowerBound, let weekday = weekday(phrase, before) {
            return .day(followingWeek(weekday), before..<after)
        }
        return .day(today.adding(days: 7), index..<after)
    }

    /// `Friday`, `this Friday`, `next Friday`.
    private func weekday(_ phrase: Phrase, _ index: Int) -> Finding {
        guard let weekday = weekday(phrase, index) else { return .none }
        if index > phrase.range.lowerBound, phrase.line.tokens[index - 1].folded == "next" {
            return .day(followingWeek(weekday), index - 1..<index + 1)
        }
        let ahead = (weekday - today.weekday + 7) % 7
        return .day(today.adding(days: ahead == 0 ? 7 : ahead), index..<index + 1)
    }

    /// `the 23rd`, `5th`, `the 23`.
    private func dayOfMonth(_ phrase: Phrase, _ index: Int) -> Finding {
        let tokens = phrase.line.tokens
        guard let day = dayNumber(tokens[index]), isDateStart(tokens, index, phrase) else { return .none }
        let hasArticle = index > phrase.range.lowerBound && tokens[index - 1].folded == "the"
        guard tokens[index].kind == .mixed || (hasArticle && index + 1 == phrase.range.upperBound) else {
            return .none
        }
        // "2nd floor" and "1st birthday" count something else.
        if index + 1 < phrase.range.upperBound, tokens[index + 1].kind == .word,
            !tokens[index + 1].has(.dateFiller)
        {
            return .none
        }
        var next = index + 1
        if next < phrase.range.upperBound, tokens[next].folded == "of" || tokens[next].isSign(",") {
            next += 1
        }
        if matches(phrase, next, ["next", "month"]) {
            let isLast = today.month == 12
            return self.day(
                year: isLast ? today.year + 1 : today.year,
                month: isLast ? 1 : today.month + 1,
                day: day,
                index..<next + 2
            )
        }
        guard let found = nextMonth(with: day) else { return .impossible(index..<index + 1) }
        return .day(found, index..<index + 1)
    }
}
