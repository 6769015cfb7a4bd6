/// Days that words mean, counted from today.
extension DateReader {
    func nextMonth(with day: Int) -> CivilDate? {
        var year = today.year
        var month = today.month
        for _ in 0..<4 {
            if let date = CivilDate(year: year, month: month, day: day), date >= today { return date }
            month += 1
            if month == 13 {
                month = 1
                year += 1
            }
        }
        return nil
    }

    func day(year: Int, month: Int, day: Int, _ range: Range<Int>) -> Finding {
        CivilDate(year: year, month: month, day: day).map { .day($0, range) } ?? .impossible(range)
    }

    /// This year's day, or the next one's when it is past.
    func unyeared(month: Int, day: Int, _ range: Range<Int>) -> Finding {
        for year in [today.year, today.year + 1] {
            if let date = CivilDate(year: year, month: month, day: day), date >= today {
                return .day(date, range)
            }
        }
        return .impossible(range)
    }

    /// The weekday in the Monday to Sunday that follow this week.
    func followingWeek(_ weekday: Int) -> CivilDate {
        today.adding(days: 7 - today.weekday + weekday)
    }
}
