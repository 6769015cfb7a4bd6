import Glibc
import OrderMessages
import Shared
import Testing

/// Wednesday, as in the case file.
let wednesday = date("2026-06-10")

/// A day that the test knows to exist.
func date(_ text: String) -> CivilDate { CivilDate(text) ?? CivilDate(daysSince1970: 0) }

/// What a message says.
func read(_ text: String, quoted: String? = nil, today: CivilDate = wednesday) -> MessageReading {
    MessageParser(today: today).parse(ReceivedMessage(text: text, quotedText: quoted)).reading
}

/// The forms of a message, complete or not.
func forms(_ text: String, today: CivilDate = wednesday) -> [OrderForm] {
    switch read(text, today: today) {
    case .orders(let forms), .incomplete(let forms): forms
    case .command, .ignored: []
    }
}

/// The one form of a message.
func form(
    _ text: String,
    today: CivilDate = wednesday,
    at location: SourceLocation = #_sourceLocation
) throws -> OrderForm {
    let all = forms(text, today: today)
    try #require(all.count == 1, "\(text) gives \(read(text, today: today))", sourceLocation: location)
    return all[0]
}

/// The outcome's word and, for ignored messages, the reason.
func outcome(_ text: String, quoted: String? = nil) -> String {
    switch read(text, quoted: quoted) {
    case .orders: "order"
    case .incomplete: "incomplete"
    case .command(let command): command.word
    case .ignored(let reason): reason.rawValue
    }
}

/// A message with name, phone and address, to which a test adds what it is about.
func order(items: String = "1 cake", _ more: String = "") -> String {
    "Name: Ada Obi\nPhone: 08031112222\nAddress: 12 Allen Avenue, Ikeja\nItems: \(items)\(more.isEmpty ? "" : "\n\(more)")"
}

/// Items as `2 cakes`, with `@` for the price of one and `=` for that of the line.
func written(_ items: [OrderItem]?) -> [String] {
    (items ?? []).map { item in
        let unit = item.unitPrice.map { " @ \($0)" } ?? ""
        let line = item.linePrice.map { " = \($0)" } ?? ""
        return "\(item.quantity) \(item.name)\(unit)\(line)"
    }
}

/// The bytes of a file of `Tests/Fixtures`.
func fixture(_ name: String) throws -> [UInt8] {
    let tests = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    let path = "\(tests)/Fixtures/\(name)"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    try #require(descriptor >= 0, "cannot open \(path)")
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
    }
}
