public import FoundationEssentials
public import Shared

extension UUID: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { uuidString.lowercased() }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self.init(uuidString: databaseText) }
}

extension JSONValue: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { String(decoding: serialized(), as: UTF8.self) }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) {
        guard let value = try? JSONValue(parsing: Array(databaseText.utf8)) else { return nil }
        self = value
    }
}

/// Bytes (`bytea`), such as the hash of a token.
public struct DatabaseBytes: Hashable, Sendable, DatabaseEncodable, DatabaseDecodable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Makes a value of bytes.
    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// PostgreSQL's hexadecimal format: `\x0aff`.
    public var databaseText: String? {
        var text = "\\x"
        for byte in bytes {
            text.unicodeScalars.append(Self.hexadecimal[Int(byte >> 4)])
            text.unicodeScalars.append(Self.hexadecimal[Int(byte & 15)])
        }
        return text
    }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) {
        let text = databaseText.utf8
        guard databaseText.hasPrefix("\\x"), text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        var high: UInt8?
        for character in text.dropFirst(2) {
            guard let digit = Self.digit(character) else { return nil }
            if let known = high {
                bytes.append(known << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        self.bytes = bytes
    }

    private static let hexadecimal = Array("0123456789abcdef".unicodeScalars)

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
