extension CloudRequest.Recipient {
    /// Who is behind a chat as ``CloudMessage/chat`` names it.
    ///
    ///     2348030001122, +2348030001122    a phone: 5 to 15 digits
    ///     NG.10000000000000000001          a business-scoped id: a country and a dot
    ///     anything else                    a group
    ///
    /// - Parameter chat: The chat; not empty.
    public init(chat: String) {
        let digits = chat.utf8.first == UInt8(ascii: "+") ? chat.utf8.dropFirst() : chat.utf8[...]
        if (5...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) {
            self = .person(CloudPerson(phone: String(Substring(digits))))
            return
        }
        let head = Array(chat.utf8.prefix(3))
        if head.count == 3, head[2] == UInt8(ascii: "."),
            head[..<2].allSatisfy({ (0x41...0x5A).contains($0) })
        {
            self = .person(CloudPerson(userID: chat))
        } else {
            self = .group(chat)
        }
    }
}
