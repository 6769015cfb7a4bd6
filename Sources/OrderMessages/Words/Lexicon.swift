/// The words that the rules know, each with all its meanings.
enum Lexicon {
    /// What is known of a folded word.
    static func entry(of word: String) -> WordEntry { entries[word] ?? .unknown }

    /// Goods that measure when they stick to a number: `5litres`.
    static let measured: Set<String> = ["litre", "litres", "liter", "liters", "pieces", "piece", "pcs"]

    private static let entries: [String: WordEntry] = {
        var entries: [String: WordEntry] = [:]
        for (traits, words) in lists {
            for word in words.split(whereSeparator: \.isWhitespace) {
                entries[String(word), default: .unknown].traits.formUnion(traits)
            }
        }
        for (traits, names) in counted {
            for (index, spellings) in names.split(whereSeparator: \.isWhitespace).enumerated() {
                for word in spellings.split(separator: "/") {
                    var entry = entries[String(word)] ?? .unknown
                    entry.traits.formUnion(traits)
                    entry.value = index + 1
                    entries[String(word)] = entry
                }
            }
        }
        for (word, value) in largeNumbers {
            entries[word, default: .unknown].traits.formUnion(.number)
            entries[word, default: .unknown].value = value
        }
        for article in ["a", "an"] {
            entries[article, default: .unknown].traits.formUnion([.number, .function])
            entries[article, default: .unknown].value = 1
        }
        return entries
    }()

    /// Words with a number: their place in the list, from 1.
    private static let counted: [(WordTraits, String)] = [
        (
            .weekday,
            """
            monday/mon/mondays tuesday/tue/tues/teusday wednesday/wed/weds/wednesdays/wensday thursday/thu/thur/thurs
            friday/fri/fridays saturday/sat/saturdays/satuday sunday/sun/sundays
            """
        ),
        (
            .month,
            """
            january/jan february/feb/febuary march/mar april/apr may june/jun july/jul august/aug
            september/sep/sept october/oct november/nov december/dec
            """
        ),
        (.number, "one two three four five six seven eight nine ten eleven twelve"),
    ]

    private static let largeNumbers = [
        "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
        "nineteen": 19,
        "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
        "eighty": 80,
        "ninety": 90,
    ]

    private static let lists: [(WordTraits, String)] = [
        (.street, PlaceWords.streets), (.landmark, PlaceWords.landmarks), (.unitOfAddress, PlaceWords.units),
        (.city, PlaceWords.cities), (.greeting, GreetingWords.greetings),
        (.courtesy, GreetingWords.courtesies),
        (.goods, GoodsWords.goods), (.measure, GoodsWords.measures),
        (
            .dateFiller,
            """
            to be delivered deliver delivery delivering on by for at before around about latest the this coming please pls plz
            kindly abeg morning afternoon evening night noon midday midnight am pm oclock clock time needed need want
            it date day of from between and or till until after in dey is upcoming against is set ready pick pickup up
            sharp o hours hour hrs hr next so should that na i we would like not except any but last month anytime either
            """
        ),
        (
            .payment,
            """
            pay paid payment payments account acct acc bank banks opay kuda palmpay moniepoint gtb gtbank uba zenith fcmb wema
            transfer transferred deposit iban bvn nin sortcode carbon fairmoney paystack flutterwave chipper
            """
        ),
        (
            .question,
            """
            how what whats where wheres when who whom whose why which is are was were do does did can could have has will
            would should shall may any am hw wetin wia una shey sey abi
            """
        ),
        (
            .title,
            """
            mr mrs miss ms dr prof professor engr barr barrister chief alhaji alhaja pastor pst rev reverend hon sir madam mallam
            oga aunty auntie uncle mama mummy mum daddy papa iya baba evang evangelist bishop arc surv capt captain
            doctor nurse sister brother bro sis otunba deaconess deacon hajia hajiya princess prince lady apostle
            """
        ),
        (
            .function,
            """
            the is are was were be been am i im id ill my mine me we our us you your yours u ur he him his she her they them their it
            its this that these those for to of in on at by with without from and or but if so as not no yes do does did
            done have has had will would can could should shall please pls plz kindly abeg here there where when what how
            why who which just also too only more some any all now then want need like get order deliver delivery wan
            go come send call make let dont cant wont im via than till until about into over before after because dey na
            ok okay noted alright regards again still already very much many cc re attn ive weve hows whats very
            """
        ),
        (
            .instruction,
            """
            please pls plz kindly abeg call dont do make ensure note should he she they i we will deliver let tell write ask give
            leave drop bring help use put add if when the its it this thanks thank remember confirm text send no not
            for with because my your nb ps urgent urgently before after come your you
            """
        ),
        (.wish, "want wants wan wanna need needs like love wish prefer wanted needed wished require gonna"),
        (.buying, "order ordering buy buying get purchase purchasing ordr oder preorder reorder"),
        (
            .notWanted,
            """
            know ask see talk speak confirm complain find cancel return report pay send come go check inform tell call be
            understand change your my you u help refund update money him her them it our account confirmation receipt
            info information details work sleep travel visit meet say thank apologise apologize remind follow discuss explain
            hear learn rest job price prices his their this that these those everything something anything
            nothing time your somebody someone anyone people staff rider riders driver drivers dispatch worker workers salesgirl
            """
        ),
        (
            .dateWord,
            """
            wk wks tomorrow tomorow tommorow tommorrow tomorrows tomoro tmrw tmr tmrow tomoz today tonight tonite week weeks days day morning afternoon evening todays 2moro 2mrw 2day
            """
        ),
        (.currency, "naira ngn n nairas"),
        (.urgency, "asap urgent urgently immediately now anytime whenever soon soonest early"),
    ]
}
