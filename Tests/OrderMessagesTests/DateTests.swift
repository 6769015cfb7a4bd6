import OrderMessages
import Testing

@Suite struct DateTests {
    /// The dates of the spec, seen from Wednesday 10 June 2026.
    static let words: [(String, String)] = [
        ("today", "2026-06-10"), ("Tonight", "2026-06-10"), ("this evening", "2026-06-10"),
        ("tomorrow", "2026-06-11"),
        ("TOMORROW morning", "2026-06-11"), ("tmrw", "2026-06-11"), ("day after tomorrow", "2026-06-12"),
        ("the day after tomorrow please", "2026-06-12"), ("next tomorrow", "2026-06-12"),
        ("in 3 days", "2026-06-13"),
        ("in two weeks", "2026-06-24"), ("in a week", "2026-06-17"), ("in a week's time", "2026-06-17"),
        ("next week", "2026-06-17"), ("Friday", "2026-06-12"),
        ("fri", "2026-06-12"), ("this Friday", "2026-06-12"), ("Wednesday", "2026-06-17"),
        ("Tuesday", "2026-06-16"),
        ("next Friday", "2026-06-19"), ("next Monday", "2026-06-15"), ("Friday next week", "2026-06-19"),
        ("next week Friday", "2026-06-19"), ("next week on Monday", "2026-06-15"), ("Sunday", "2026-06-14"),
        ("the 23rd", "2026-06-23"), ("5th", "2026-07-05"), ("the 10th", "2026-06-10"), ("31st", "2026-07-31"),
        ("24/06/2026", "2026-06-24"), ("24/6/26", "2026-06-24"), ("24-6-26", "2026-06-24"),
        ("24.06.2026", "2026-06-24"),
        ("24/06", "2026-06-24"), ("24 - 06 - 2026", "2026-06-24"), ("Saturday 13th", "2026-06-13"),
        ("09/06", "2027-06-09"), ("2026-06-24", "2026-06-24"),
        ("2026/06/24", "2026-06-24"),
        ("01/02/2027", "2027-02-01"), ("June 24", "2026-06-24"), ("June 24 2026", "2026-06-24"),
        ("June 24th, 2027", "2027-06-24"),
        ("24th of June", "2026-06-24"), ("24 June 2026", "2026-06-24"), ("24th Dec", "2026-12-24"),
        ("Dec 24", "2026-12-24"),
        ("3rd of March", "2027-03-03"), ("March 3 2026", "2026-03-03"), ("Friday by 4pm", "2026-06-12"),
        ("Friday 12th June 2026", "2026-06-12"), ("tomorrow before 10:30am", "2026-06-11"),
        ("on or before Saturday", "2026-06-13"),
    ]

    @Test(arguments: words)
    func `a labelled date is understood`(text: String, day: String) throws {
        let form = try form(order("Date: \(text)"))
        #expect(form.deliveryDate == date(day))
        #expect(form.unreadDate == nil)
        #expect(form.notes == nil)
    }

    @Test(arguments: words)
    func `the same words on a line of their own are the date`(text: String, day: String) throws {
        let form = try form("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n2 cakes\n\(text)")
        #expect(form.deliveryDate == date(day))
        #expect(written(form.items) == ["2 cakes"])
    }

    @Test(arguments: [
        "31 June", "31/06/2026", "Feb 29", "2027-02-29", "29/02", "32nd of May", "24/13/2026",
        "June 31st 2026",
    ])
    func `a day that does not exist is kept as it was written`(text: String) throws {
        let form = try form(order("Delivery date: \(text)"))
        #expect(form.deliveryDate == nil)
        #expect(form.unreadDate == text)
    }

    @Test(arguments: [
        "whenever", "soon as possible", "after church", "ASAP", "4pm", "23", "1/2 past", "next month",
        "lemon", "sundae",
    ])
    func `what is not understood is kept as it was written`(text: String) throws {
        let form = try form(order("Date: \(text)"))
        #expect(form.deliveryDate == nil)
        #expect(form.unreadDate == text)
    }

    @Test func `29 February is found in the next leap year that is near`() throws {
        #expect(try form(order("Date: Feb 29"), today: date("2027-06-10")).deliveryDate == date("2028-02-29"))
    }

    @Test(arguments: [
        ("2026-06-10", "2026-06-19"), ("2026-06-08", "2026-06-19"), ("2026-06-11", "2026-06-19"),
        ("2026-06-12", "2026-06-19"),
        ("2026-06-13", "2026-06-19"), ("2026-06-14", "2026-06-19"),
    ])
    func `next Friday is the one of the next week from Monday on`(today: String, friday: String) throws {
        #expect(try form(order("Date: next Friday"), today: date(today)).deliveryDate == date(friday))
    }

    @Test(arguments: [
        ("2026-06-12", "2026-06-19"), ("2026-06-13", "2026-06-19"), ("2026-06-11", "2026-06-12"),
    ])
    func `a weekday is the next one, today's name in a week`(today: String, friday: String) throws {
        #expect(try form(order("Date: Friday"), today: date(today)).deliveryDate == date(friday))
    }

    @Test func `the end of a year is no hurdle`() throws {
        let today = date("2026-12-31")
        #expect(try form(order("Date: tomorrow"), today: today).deliveryDate == date("2027-01-01"))
        #expect(try form(order("Date: the 1st"), today: today).deliveryDate == date("2027-01-01"))
        #expect(try form(order("Date: 31st"), today: today).deliveryDate == date("2026-12-31"))
        #expect(try form(order("Date: Jan 2"), today: today).deliveryDate == date("2027-01-02"))
    }

    @Test(arguments: [
        "3 lemon tarts", "2 sundae cups", "1 Monday special", "2 marching bands", "1 augustus bust",
        "3 fridges", "1/2 crate of malt",
        "1st birthday cake",
    ])
    func `items hold no dates`(items: String) throws {
        #expect(try form(order(items: items)).deliveryDateText == nil)
        #expect(try form("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n\(items)").deliveryDate == nil)
    }

    @Test(arguments: [
        "2 cakes for tomorrow", "2 cakes, tomorrow", "2 cakes to be delivered on the 11th",
        "2 cakes on Thursday",
    ])
    func `a date behind the items is taken off them`(items: String) throws {
        let form = try form(order(items: items))
        #expect(written(form.items) == ["2 cakes"])
        #expect(form.deliveryDate == date("2026-06-11"))
    }

    @Test func `date and time on two labels are kept together`() throws {
        let form = try form(order("Date: Friday\nTime: 4pm"))
        #expect(form.deliveryDate == date("2026-06-12"))
        #expect(form.deliveryDateText == "Friday, 4pm")
    }

    @Test func `an explicit past date is kept, to be asked about`() throws {
        let form = try form(order("Date: 01/06/2026"))
        #expect(form.deliveryDate == date("2026-06-01"))
        #expect(form.isPast(wednesday))
    }

    @Test func `the calendar is right over four centuries`() {
        var day = date("1899-12-31")
        for number in day.daysSince1970...date("2301-01-01").daysSince1970 {
            let found = CivilDate(daysSince1970: number)
            #expect(found.daysSince1970 == number)
            #expect(found >= day)
            day = found
        }
        #expect(date("2026-06-10").weekday == 3)
        #expect(date("1970-01-01").weekday == 4)
        #expect(date("2000-02-29").description == "2000-02-29")
        #expect(CivilDate(year: 1900, month: 2, day: 29) == nil)
        #expect(CivilDate(year: 2026, month: 0, day: 1) == nil)
        #expect(date("2026-06-12").longText == "Friday 12 June 2026")
    }
}
