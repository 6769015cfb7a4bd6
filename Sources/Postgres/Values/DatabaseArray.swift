/// Arrays of one dimension (manual, section 8.15.2); an element that is NULL is no such value.
extension Array: DatabaseEncodable where Element: DatabaseEncodable {
    /// PostgreSQL's text format.
    public var databaseText: String? {
        var text = "{"
        for (index, element) in enumerated() {
            if index > 0 { text += "," }
            guard let value = element.databaseText else {
                text += "NULL"
                continue
            }
            text += "\""
            for scalar in value.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { text += "\\" }
                text.unicodeScalars.append(scalar)
            }
            text += "\""
        }
        return text + "}"
    }
}

extension Array: DatabaseDecodable where Element: DatabaseDecodable {
    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) {
        guard let texts = arrayElements(databaseText) else { return nil }
        self = []
        reserveCapacity(texts.count)
        for text in texts {
            guard let element = Element(databaseText: text) else { return nil }
            append(element)
        }
    }
}

/// The elements of `{a,"b \"c\"",d}`; `nil` for NULL elements, more dimensions and anything else.
private func arrayElements(_ text: String) -> [String]? {
    guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
    let inner = text.unicodeScalars.dropFirst().dropLast()
    guard !inner.isEmpty else { return [] }
    var elements: [String] = []
    var element = String.UnicodeScalarView()
    var isQuoted = false
    var wasQuoted = false
    var isEscaped = false
    func finish() -> Bool {
        let text = String(element)
        guard wasQuoted || (!text.isEmpty && text != "NULL") else { return false }
        elements.append(text)
        element = String.UnicodeScalarView()
        wasQuoted = false
        return true
    }
    for scalar in inner {
        if isEscaped {
            element.append(scalar)
            isEscaped = false
        } else if scalar == "\\" {
            isEscaped = true
        } else if scalar == "\"" {
            isQuoted.toggle()
            wasQuoted = true
        } else if isQuoted {
            element.append(scalar)
        } else if scalar == "," {
            guard finish() else { return nil }
        } else if scalar == "{" || scalar == "}" {
            return nil
        } else {
            element.append(scalar)
        }
    }
    guard !isQuoted, !isEscaped, finish() else { return nil }
    return elements
}
