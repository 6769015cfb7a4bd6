/// What a line can be labelled as.
enum LabelField: Hashable, Sendable {
    case name
    /// A name that wins over ``name``: the receiver's.
    case receiver
    case phone
    case address
    case items
    case quantity
    case date
    case notes
    /// Who pays or sends; kept as a note with its label.
    case sender
    case total
}

/// The phrases that are labels.
enum LabelLexicon {
    /// The field that a phrase is the label of.
    ///
    /// - Parameters:
    ///   - words: The phrase's words, folded.
    ///   - allowsErrors: Whether words of five letters and more may have one typing error.
    /// - Returns: The field; `nil` when the phrase is no label.
    static func field(_ words: [String], allowsErrors: Bool) -> LabelField? {
        guard (1...6).contains(words.count) else { return nil }
        if let field = phrases[words.joined(separator: " ")] { return field }
        guard allowsErrors else { return nil }
        var corrected: [String] = []
        for word in words {
            guard let known = isLabelWord(word) ? word : correction(of: word) else { return nil }
            corrected.append(known)
        }
        return phrases[corrected.joined(separator: " ")]
    }

    /// The field of two labels that share a value and say the same, or are the phone and another: "Name and phone", "Address/Tel".
    static func shared(_ words: [String]) -> LabelField? {
        guard let joint = words.firstIndex(of: "and") else { return nil }
        let first = field(Array(words[..<joint]), allowsErrors: true)
        let second = field(Array(words[(joint + 1)...]), allowsErrors: true)
        switch (first, second) {
        case (let one?, let two?) where one == two: return one
        case (let other?, .phone), (.phone, let other?):
            return other == .name || other == .receiver || other == .address ? other : nil
        default: return nil
        }
    }

    /// Whose name or number is not the customer's: "Rider name:", "Account number:".
    ///
    /// Their lines are notes.
    static let foreignOwners: Set<String> = [
        "rider", "riders", "driver", "drivers", "dispatch", "dispatcher", "account", "acct", "acc", "acount",
        "bank",
        "company", "business", "brand", "shop", "store", "school", "event", "vendor", "vendors", "staff",
        "agent",
        "agents", "our", "father", "mother", "user", "bike", "plate", "payer", "payers", "receipt",
        "tracking",
        "waybill", "invoice", "reference", "ref", "transaction", "session", "card", "serial", "file", "rep",
        "manager",
        "live", "wifi", "network", "cashier", "admin", "beneficiary", "merchant",
    ]

    private static func isLabelWord(_ word: String) -> Bool { vocabulary.contains(word) }

    /// The label's word that a word of five letters and more is meant to be.
    private static func correction(of typed: String) -> String? {
        guard (4...16).contains(typed.utf8.count), !realWords.contains(typed), !isKnown(typed) else {
            return nil
        }
        let letters = Array(typed.utf8)
        return corrigible.first { TypingError.isOne(letters, from: $0.letters) }?.word
    }

    /// Whether it is a word of its own: rice is no typing error of price, nor plate of place.
    private static func isKnown(_ word: String) -> Bool {
        let traits = Lexicon.entry(of: word).traits
        return traits.rawValue & notLabels.rawValue != 0
    }

    private static let notLabels: WordTraits = [
        .goods, .city, .street, .landmark, .weekday, .month, .number, .title, .measure, .greeting, .function,
    ]

    /// Words that are one letter from a label's word and mean something else.
    private static let realWords: Set<String> = [
        "received", "receive", "receives", "shone", "lumber", "slumber", "contracts", "places", "plates",
        "were", "here", "odder",
        "borders", "meats", "seals", "deals", "games", "named", "votes", "nodes", "noted", "gender", "tender",
        "lender",
        "render", "vendor", "prime", "pricey", "mount", "mouse", "horse", "paint", "joint", "print", "retail",
        "prison",
        "mother", "mothers", "native", "context", "consent", "seeded", "heeded", "bordered", "quality",
        "peace", "prince", "there", "these", "older", "massage",
        "contract", "others", "cotton", "palace",
        "plane", "prize",
        "pride", "white", "tonal", "prices", "border", "wonder", "produce", "food", "good", "clint", "phones",
        "vocation", "dress", "dresses", "notice", "photo", "phony", "prone", "stems", "times", "costs",
        "foods",
    ]

    private static let phrases: [String: LabelField] = {
        var phrases: [String: LabelField] = [:]
        for (field, text) in lists {
            for phrase in text.split(whereSeparator: { $0 == "," || $0 == "\n" }) {
                let words = phrase.split(separator: " ")
                phrases[words.joined(separator: " ")] = field
            }
        }
        let nouns: [(LabelField, String)] = [
            (
                .phone,
                "phone,phone no,phone number,number,no,contact,contact no,contact number,mobile,mobile no,mobile number,tel"
            ),
            (
                .phone,
                "whatsapp,whatsapp no,whatsapp number,telephone,telephone no,telephone number,cell,fone,phone num"
            ),
            (.address, "address,location,delivery address,house address,home address,office address"),
        ]
        for owner in ["customer", "client", "receiver", "recipient", "my", "your", "delivery", "buyer"] {
            for (field, text) in nouns {
                for noun in text.split(separator: ",") { phrases["\(owner) \(noun)", default: field] = field }
            }
        }
        for kind in ["no", "number", "line"] { phrases["delivery \(kind)"] = nil }
        return phrases
    }()

    private static let vocabulary: Set<String> = Set(
        phrases.keys.flatMap { $0.split(separator: " ").map(String.init) }
    )

    /// In a fixed order, so that the same word is always corrected to the same.
    private static let corrigible: [(word: String, letters: [UInt8])] =
        vocabulary.filter { $0.utf8.count >= 5 }.sorted().map { ($0, Array($0.utf8)) }

    private static let lists: [(LabelField, String)] = [
        (
            .name,
            """
            name,names,full name,fullname,full names,customer,customer name,customers name,customer full name,name of customer
            client,client name,clients name,name of client,my name,your name,buyer,buyer name,contact name,contact person
            name of buyer,name in full,customername
            """
        ),
        (
            .receiver,
            """
            receiver,receiver name,receivers name,receiver full name,recipient,recipient name,recipients name,name of receiver
            name of recipient,deliver to name,name of the receiver,name of the recipient,consignee
            """
        ),
        (
            .phone,
            """
            phone,phone no,phone nos,phone num,phone number,phone numbers,phone contact,mobile,mobile no,mobile number,mobile phone
            mobile phone number,tel,tel no,tel number,telephone,telephone no,telephone number,contact,contact no,contact number
            contact phone,contact phone number,contact line,contacts,whatsapp,whatsapp no,whatsapp number,whatsapp contact
            whatsapp line,whats app,number,numbers,phonenumber,phoneno,cell,cell phone,cell number,gsm,gsm no,gsm number
            fone,fone no,fone number,fon,fon no,active number,active phone number,alternative number,alternative phone
            alternative phone number,alternate number,alternate phone,alternate phone number,alt number,alt phone,alt phone number
            other number,other phone,other phone number,second number,second phone,second phone number,phone line
            call line,phone and whatsapp,phone whatsapp,whatsapp phone,phone whatsapp number,receivers phone,receivers number
            receivers phone number,recipients number,recipients phone number,customers phone,customers phone number
            """
        ),
        (
            .address,
            """
            address,delivery address,delivery location,location,deliver to,delivering to,where,place,shipping address,ship to
            home address,house address,office address,full address,full delivery address,detailed address,drop off,dropoff
            drop off address,drop off location,drop off point,dropoff address,dropoff location,delivery place,delivery point
            destination,delivery destination,residential address,contact address,addy,addr,adress,delivery adress,addresss
            place of delivery,address for delivery,delivery area,area,address of delivery,location for delivery,my address
            """
        ),
        (
            .items,
            """
            item,items,order,orders,order item,order items,ordered items,items ordered,item ordered,product,products,product name
            goods,what,food,foods,food items,food item,my order,your order,order details,order detail,order list,list,item name
            items needed,item needed,item list,item description,items list,order description,product ordered,products ordered,what i want
            what you want,i want,package,package content,package contents,content,contents,menu,meal,meals,food order
            what to order,what is ordered,goods ordered,items to deliver,items to be delivered,flavour and size,the order
            """
        ),
        (
            .quantity,
            "quantity,qty,qnty,quantities,how many,quantity needed,quantity ordered,no of items,number of items,pieces"
        ),
        (
            .date,
            """
            date,delivery date,delivery day,delivery time,day,time,when,delivery,date of delivery,day of delivery,time of delivery
            delivery date and time,delivery day and time,date and time,date needed,day needed,needed by,due date,expected date
            delivery period,date and time of delivery,when needed,needed on,day and time,expected delivery date,deliver on
            deliver by,delivery on,pickup date,pick up date,date for delivery,time needed,delivery schedule,preferred date
            preferred delivery date,preferred day,preferred time,date to be delivered,delivery by,delivered on
            """
        ),
        (
            .notes,
            """
            note,notes,special instruction,special instructions,instruction,instructions,comment,comments,extra info,additional info
            extra information,additional information,extra,extras,inscription,message,info,remark,remarks,special note
            special notes,delivery note,delivery notes,delivery instruction,delivery instructions,extra note,extra notes
            additional note,additional notes,additional comment,additional comments,special request,special requests,request,write up
            writeup,write-up,text on cake,inscription on cake,n b,p s,note to rider,rider note,card message,nb,ps,message on cake
            cake inscription,message on card,others,other info,other information,please note,kindly note,pls note
            """
        ),
        (
            .sender,
            """
            sender,sender name,senders name,name of sender,sender phone,sender number,sender phone number,senders phone
            senders number,senders phone number,sender contact,sent by,ordered by,from,order from,paid by,sender no,sender phone no
            sender address,rider,driver,dispatch,dispatch rider
            """
        ),
        (
            .total,
            """
            total,total amount,amount,price,cost,total price,total cost,grand total,total sum,total bill,bill,order total,sum
            total payment,sum total,total value,amount due,amount to pay,total to pay,overall total
            """
        ),
    ]
}
