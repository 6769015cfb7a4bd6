/// Phrases that tell talk from orders.
enum TalkWords {
    /// Phrases about an order that exists, by their first word.
    static let status: [String: [[String]]] = {
        var rows: [String: [[String]]] = [:]
        for line in text.split(separator: "\n") {
            for phrase in line.split(separator: ",") {
                let words = phrase.split(separator: " ").map(String.init)
                guard let first = words.first else { continue }
                rows[first, default: []].append(Array(words.dropFirst()))
            }
        }
        return rows
    }()

    private static let text = """
        where is my,status of,order status,my order has,my order is,my order was,not yet received,havent received,have not received
        not received,still waiting,yet to receive,not yet delivered,not delivered,been delivered,was delivered,has arrived
        cancel my order,cancel the order,cancel order,cancel my,wrong order,wrong item,have paid,i paid,already paid,made payment
        made the payment,payment made,payment receipt,proof of payment,my refund,track my,order received
        my money,any update,update on,update me,received my order,got my order,i got my,i received,when will,still expecting
        didnt receive,did not receive,come late,came late,my package,return my,return the
        """

    /// Words that begin reports of what was done.
    static let reports: Set<String> = [
        "delivered", "received", "sent", "sold", "dropped", "picked", "collected", "paid", "gave", "bought",
        "called", "confirmed",
    ]

    /// One-word answers that are no names.
    static let answers: Set<String> = [
        "yes", "yea", "yeah", "yep", "no", "nope", "ok", "okay", "okk", "k", "kk", "sure", "fine", "wait",
        "later", "alright", "noted",
        "correct", "seen", "cool", "great", "nice", "good", "lol", "hmm", "oya", "perfect", "right", "true",
        "done", "cancel", "stop",
        "hold", "soon", "test", "forget", "nothing", "none",
    ]

    /// Words that adverts are made of.
    static let adverts: Set<String> = [
        "promo", "discount", "discounts", "available", "visit", "dm", "sale", "sales", "follow", "subscribe",
        "click", "link",
        "offer", "offers", "hurry", "affordable", "wholesale", "retail", "nationwide", "bookings", "vacancy",
        "hiring",
        "booking", "giveaway", "join", "register", "limited", "off", "patronize", "patronise", "vendors",
        "vendor",
    ]
}
