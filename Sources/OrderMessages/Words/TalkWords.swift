/// Phrases that tell talk from orders.
enum TalkWords {
    /// Phrases about an order that exists, by their first word.
    static let status = rows(text)

    /// Phrases that adverts, price lists and empty forms are made of, by their first word.
    static let advertPhrases = rows(
        """
        price list,we sell,we make,we bake,we deliver,we supply,order now,now selling,place your order,place your orders
        for enquiries,for inquiries,for more info,for orders,opening hours,business hours,send your cv
        """
    )

    private static func rows(_ text: String) -> [String: [[String]]] {
        var rows: [String: [[String]]] = [:]
        for line in text.split(separator: "\n") {
            for phrase in line.split(separator: ",") {
                let words = phrase.split(separator: " ").map(String.init)
                guard let first = words.first else { continue }
                rows[first, default: []].append(Array(words.dropFirst()))
            }
        }
        return rows
    }

    private static let text = """
        where is my,status of,order status,my order has,my order is,my order was,not yet received,havent received,have not received
        not received,still waiting,yet to receive,not yet delivered,not delivered,been delivered,was delivered,has arrived
        cancel my order,cancel the order,cancel order,cancel my,wrong order,wrong item,have paid,i paid,already paid,made payment
        made the payment,payment made,payment receipt,proof of payment,my refund,track my,order received
        my money,any update,update on,update me,received my order,got my order,i got my,i received,when will,still expecting
        didnt receive,did not receive,come late,came late,my package,return my,return the,you sent,you brought,you gave
        but got,got only,need my order,want my order,no longer need,no longer want
        """

    /// Words that begin reports of what was done.
    static let reports: Set<String> = [
        "delivered", "received", "sent", "sold", "dropped", "picked", "collected", "paid", "gave", "bought",
        "called", "confirmed",
    ]

    /// Words of headings; true for those that make one.
    static let headings: [String: Bool] = {
        var words: [String: Bool] = [:]
        for word in [
            "order", "orders", "customer", "omitted", "item", "items", "list", "goods", "products",
            "following",
            "details", "detail", "form", "information",
        ] {
            words[word] = true
        }
        for word in [
            "new", "my", "the", "alert", "media", "image", "video", "audio", "sticker", "document",
            "received", "deliver", "send", "process", "take", "these", "as",
            "follows", "to",
            "i", "delivery", "below", "here", "is", "are",
            "find", "please",
            "pls", "kindly", "see", "urgent", "another", "s", "of", "and", "first", "second", "third", "next",
            "one", "two",
            "1", "2", "3", "4", "5", "1st", "2nd", "3rd", "no", "this",
        ] { words[word] = false }
        return words
    }()

    /// Words that say nothing beside an order.
    static let interjections: Set<String> = [
        "ok", "okay", "okk", "k", "kk", "yes", "yea", "yeah", "yep", "yup", "yh", "yess", "sure", "fine",
        "alright", "noted",
        "seen", "cool", "lol", "hmm", "hmmm", "oya", "haha", "hahaha", "lmao", "omg", "smh", "wow", "correct",
        "perfect",
        "bye", "sorry",
    ]

    /// One-word answers that are no names.
    static let answers: Set<String> = [
        "yes", "yea", "yeah", "yep", "no", "nope", "ok", "okay", "okk", "k", "kk", "sure", "fine", "wait",
        "later", "alright", "noted",
        "correct", "seen", "cool", "great", "nice", "good", "lol", "hmm", "oya", "perfect", "right", "true",
        "done", "cancel", "stop",
        "sorry", "minute", "minutes", "min", "mins", "moment", "sec", "second", "seconds", "coming", "mind",
        "never",
        "bother", "maybe", "probably", "yess", "yh", "yup", "nah", "abi", "sha", "ehen", "haba", "wow",
        "really",
        "seriously", "haha", "hahaha", "lmao", "omg", "smh", "wahala", "busy", "driving", "waiting", "typing",
        "checking",
        "sent", "paid", "confirmed", "received", "delivered", "again", "same", "change", "edit", "help",
        "menu",
        "price", "closed", "open", "available", "checked", "understand", "bye", "it", "not",
        "hold", "soon", "test", "forget", "nothing", "none",
    ]

    /// Words that adverts are made of.
    static let adverts: Set<String> = [
        "promo", "discount", "discounts", "available", "visit", "dm", "sale", "sales", "follow", "subscribe",
        "click", "link",
        "offer", "offers", "hurry", "affordable", "wholesale", "retail", "nationwide", "bookings", "vacancy",
        "hiring",
        "booking", "giveaway", "join", "register", "limited", "off", "patronize", "patronise", "vendors",
        "vendor", "ceo", "salary", "rsvp", "venue",
    ]
}
