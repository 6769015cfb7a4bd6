/// Reads JSON text strictly (RFC 8259), in one pass over the bytes; files that people write may be read on over comments and
/// trailing commas, which are noted as mistakes.
struct JSONParser {
    let bytes: [UInt8]
    private let limits: JSONLimits
    var position = 0
    private var depth = 0
    /// Where each value and key starts, when somebody wants to know.
    private var recorder: JSONPlaces?
    private let records: Bool
    private var path: [JSONPath.Component] = []
    /// Whether the reading goes on over comments and trailing commas.
    private let tolerates: Bool
    /// What was gone over, in the order of the text.
    var tolerated = JSONTolerated()

    init(_ bytes: [UInt8], limits: JSONLimits, recordsPlaces: Bool = false, tolerates: Bool = false) {
        self.tolerates = tolerates
        self.bytes = bytes
        self.limits = limits
        recorder = recordsPlaces ? JSONPlaces() : nil
        records = recordsPlaces
    }

    /// The recorded places.
    var places: JSONPlaces { recorder ?? JSONPlaces() }

    /// Reads the whole text.
    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw failure("the text has \(bytes.count) bytes; at most \(limits.bytes) are read", at: 0)
        }
        skipSpace()
        guard position < bytes.count else { throw failure("the file is empty", at: position) }
        let value = try value()
        skipSpace()
        guard position == bytes.count else {
            throw failure(unexpected("after the end of the document"), at: position)
        }
        return value
    }

    // MARK: - Values

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        guard position < bytes.count else {
            throw failure("unexpected end of file; a value is missing", at: position)
        }
        if records { recordValue() }
        switch bytes[position] {
        case 0x7B: return try object()
        case 0x5B: return try array()
        case 0x22: return .string(try string())
        case 0x74: return try literal("true", .bool(true))
        case 0x66: return try literal("false", .bool(false))
        case 0x6E: return try literal("null", .null)
        case 0x2D, 0x30...0x39: return try number()
        default: throw failure(unexpected("where a value should be"), at: position)
        }
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        try enter()
        var object = JSONObject()
        skipSpace()
        if peek() == 0x7D { return leave(.object(object)) }
        while true {
            skipSpace()
            let keyStart = position
            guard peek() == 0x22 else {
                if position >= bytes.count { throw unclosed("object", start) }
                if peek() == 0x7D {
                    try refuse("a comma before \"}\" is not allowed in JSON")
                    return leave(.object(object))
                }
                throw failure(unexpected("where a key in double quotes should be"), at: position)
            }
            let key = try string()
            skipSpace()
            guard peek() == 0x3A else {
                if position >= bytes.count { throw unclosed("object", start) }
                throw failure(expected("':' after the key \"\(key.prefix(40))\""), at: position)
            }
            position += 1
            skipSpace()
            if position >= bytes.count { throw unclosed("object", start) }
            record(key, at: keyStart)
            object.append(key, try value())
            forgetStep()
            skipSpace()
            switch peek() {
            case 0x2C: position += 1
            case 0x7D: return leave(.object(object))
            case nil: throw unclosed("object", start)
            default:
                throw failure(expected("',' or '}' after the value of \"\(key.prefix(40))\""), at: position)
            }
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        try enter()
        var elements: [JSONValue] = []
        skipSpace()
        if peek() == 0x5D { return leave(.array(elements)) }
        while true {
            skipSpace()
            if position >= bytes.count { throw unclosed("array", start) }
            if peek() == 0x5D {
                try refuse("a comma before \"]\" is not allowed in JSON")
                return leave(.array(elements))
            }
            if records { path.append(.index(elements.count)) }
            elements.append(try value())
            forgetStep()
            skipSpace()
            switch peek() {
            case 0x2C: position += 1
            case 0x5D: return leave(.array(elements))
            case nil: throw unclosed("array", start)
            default:
                throw failure(
                    expected("',' or ']' after element \(elements.count) of the array"),
                    at: position
                )
            }
        }
    }

    private mutating func recordValue() {
        guard let count = recorder?.values.count, count < JSONPlaces.maximumCount else { return }
        recorder?.values[JSONPath(path)] = position
    }

    private mutating func record(_ key: String, at offset: Int) {
        guard records else { return }
        path.append(.key(key))
        let place = JSONPath(path)
        if recorder?.keys[place] != nil {
            if let count = recorder?.duplicates.count, count < JSONPlaces.maximumDuplicates {
                recorder?.duplicates.append((place, offset))
            } else {
                recorder?.hasMoreDuplicates = true
            }
        } else if let count = recorder?.keys.count, count < JSONPlaces.maximumCount {
            recorder?.keys[place] = offset
        }
    }

    private mutating func forgetStep() {
        if records { path.removeLast() }
    }

    private mutating func enter() throws(JSONSyntaxError) {
        depth += 1
        guard depth <= limits.depth else {
            throw failure("arrays and objects lie more than \(limits.depth) deep in each other", at: position)
        }
        position += 1
    }

    private mutating func leave(_ value: JSONValue) -> JSONValue {
        position += 1
        depth -= 1
        return value
    }

    private mutating func literal(
        _ word: StaticString,
        _ value: JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        let text = unsafe UnsafeBufferPointer(start: word.utf8Start, count: count)
        guard unsafe bytes[position...].starts(with: text) else {
            throw failure(unexpected("where a value should be"), at: position)
        }
        position += count
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        var isWhole = true
        if peek() == 0x2D { position += 1 }
        let firstDigit = position
        try digits("after '-'")
        if bytes[firstDigit] == 0x30, position - firstDigit > 1 {
            throw failure("a number must not begin with 0", at: firstDigit)
        }
        if peek() == 0x2E {
            isWhole = false
            position += 1
            try digits("after the decimal point")
        }
        if peek() == 0x65 || peek() == 0x45 {
            isWhole = false
            position += 1
            if peek() == 0x2B || peek() == 0x2D { position += 1 }
            try digits("in the exponent")
        }
        if isWhole, position - start <= 18, bytes[start] != 0x2D {
            return .integer(bytes[start..<position].reduce(0) { $0 * 10 + Int64($1 - 0x30) })
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text), text != "-0" { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw failure("the number \(text.prefix(40)) is too large", at: start)
        }
        return .number(number)
    }

    private mutating func digits(_ place: String) throws(JSONSyntaxError) {
        let start = position
        while let byte = peek(), (0x30...0x39).contains(byte) {
            position += 1
        }
        guard position > start else { throw failure("a digit is missing \(place)", at: position) }
    }

    // MARK: - Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        let content = position
        var union: UInt8 = 0
        while let byte = peek(), byte != 0x22, byte != 0x5C, byte >= 0x20 {
            union |= byte
            position += 1
        }
        if peek() == 0x22 {
            defer { position += 1 }
            let text = bytes[content..<position]
            // ASCII is always valid: most texts are spared the check.
            return union < 0x80 ? String(decoding: text, as: UTF8.self) : try decoded(text, at: start)
        }
        var text = Array(bytes[content..<position])
        while let byte = peek() {
            switch byte {
            case 0x22:
                position += 1
                return try decoded(text[...], at: start)
            case 0x5C: try escape(into: &text)
            case ..<0x20:
                let name = byte == 0x0A ? "a line break" : "a control character"
                throw failure(
                    "\(name) is not allowed within a text; is a closing '\"' missing?",
                    at: position
                )
            default:
                text.append(byte)
                position += 1
            }
        }
        throw failure("unexpected end of file; the text that begins here is not closed", at: start)
    }

    private func decoded(_ text: ArraySlice<UInt8>, at start: Int) throws(JSONSyntaxError) -> String {
        guard let string = String(validating: text, as: UTF8.self) else {
            throw failure("the text is not valid UTF-8", at: start)
        }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        let start = position
        position += 1
        guard let byte = peek() else { throw failure("unexpected end of file within a text", at: start) }
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: text.append(byte)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75:
            var code = try hexadecimal(start)
            if (0xD800..<0xDC00).contains(code), peek() == 0x5C, position + 1 < bytes.count,
                bytes[position + 1] == 0x75
            {
                position += 2
                let low = try hexadecimal(start)
                guard (0xDC00..<0xE000).contains(low) else {
                    throw failure("half a surrogate pair is no character", at: start)
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw failure("half a surrogate pair is no character", at: start)
            }
            text += Array(String(scalar).utf8)
        default: throw failure("\"\\\(Character(Unicode.Scalar(byte)))\" is no escape of JSON", at: start)
        }
    }

    private mutating func hexadecimal(_ start: Int) throws(JSONSyntaxError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Self.hexValue(byte) else {
                throw failure("\\u needs four hexadecimal digits", at: start)
            }
            code = code << 4 | digit
            position += 1
        }
        return code
    }

    private static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x37
        case 0x61...0x66: UInt32(byte) - 0x57
        default: nil
        }
    }

    // MARK: - Places and mistakes

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            case 0x23 where tolerates, 0x2F where tolerates:
                guard let comment else { return }
                tolerated.note(comment, at: position)
                skipComment()
            default: return
            }
        }
    }

    /// Notes a mistake here that can be read over, or throws it.
    private mutating func refuse(_ reason: String) throws(JSONSyntaxError) {
        guard tolerates else { throw failure(reason, at: position) }
        tolerated.note(reason, at: position)
    }

    private func unclosed(_ kind: String, _ start: Int) -> JSONSyntaxError {
        let place = Self.place(of: start, in: bytes)
        let reason =
            "unexpected end of file; the \(kind) opened at line \(place.line) column \(place.column) is not closed"
        return failure(reason, at: bytes.count)
    }

    /// The reason when something else stands here; a comment is named as one.
    private func expected(_ what: String) -> String {
        comment ?? "expected \(what)"
    }

    /// The reason when a comment begins here.
    private var comment: String? {
        let rest = bytes[position...]
        guard rest.starts(with: [0x2F, 0x2F]) || rest.starts(with: [0x2F, 0x2A]) || peek() == 0x23 else {
            return nil
        }
        return "comments are not allowed in JSON; take this one out"
    }

    private func unexpected(_ place: String) -> String {
        guard let byte = peek() else { return "unexpected end of file" }
        if let comment { return comment }
        let rest = bytes[position...]
        if byte == 0x27 { return "texts and keys need double quotes in JSON, not single ones" }
        if byte == 0 { return "a NUL byte \(place); the file is damaged or not text" }
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { return "a byte order mark \(place)" }
        guard byte >= 0x20 else { return "a control character \(place)" }
        if byte == 0x2C { return "unexpected \",\" \(place)" }
        let word = String(decoding: rest.prefix(20).prefix { $0 > 0x20 && $0 != 0x2C }, as: UTF8.self)
        return "unexpected \"\(word)\" \(place)"
    }

    private func failure(_ reason: String, at offset: Int) -> JSONSyntaxError {
        let place = Self.place(of: offset, in: bytes)
        return JSONSyntaxError(reason: reason, offset: offset, line: place.line, column: place.column)
    }

    /// Line and column, from 1; columns count characters (bytes that do not continue a UTF-8 sequence).
    static func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        var cursor = JSONPlaceCursor()
        cursor.advance(to: offset, in: bytes)
        return (cursor.line, cursor.column)
    }
}
