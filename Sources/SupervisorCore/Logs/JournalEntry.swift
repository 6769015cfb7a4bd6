import Shared

/// One entry for the systemd journal, as the bytes of its native protocol.
///
/// A field is `NAME=value` and a line feed, or, for a value with control characters in it, the name, a line feed, the length
/// as 64 bits (little-endian), the value and a line feed.
public struct JournalEntry: Hashable, Sendable {
    /// The message to journald.
    public private(set) var bytes: [UInt8] = []

    /// The longest name that journald takes, in bytes.
    public static let maximumNameBytes = 64
    /// The most fields that are made of one line.
    public static let maximumLineFields = 64
    /// The longest line of JSON whose members become fields, in bytes.
    public static let maximumParsedBytes = 64 << 10

    /// Makes an entry without fields.
    public init() {}

    /// Empties the entry; its memory is used again.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 256 << 10)
    }

    /// Whether journald takes a field of this name from a program: capitals, digits and underscores, a capital first.
    ///
    /// Names that begin with an underscore are journald's own.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, ASCII.isUppercase(first) else { return false }
        return name.utf8.count <= maximumNameBytes
            && name.utf8.allSatisfy { ASCII.isUppercase($0) || ASCII.isDigit($0) || $0 == 0x5F }
    }

    /// Appends a field; one whose name journald would not take is left out.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - value: Any bytes.
    public mutating func append(_ name: String, _ value: ArraySlice<UInt8>) {
        guard Self.isName(name) else { return }
        bytes += name.utf8
        if Self.isText(value) {
            bytes.append(UInt8(ascii: "="))
        } else {
            bytes.append(0x0A)
            let count = UInt64(value.count)
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> UInt64(shift)))
            }
        }
        bytes += value
        bytes.append(0x0A)
    }

    /// Appends a field with a text.
    public mutating func append(_ name: String, _ value: String) {
        append(name, Array(value.utf8)[...])
    }

    /// Whether a value can stand behind `=`: nothing below a blank but tabs.
    private static func isText(_ value: ArraySlice<UInt8>) -> Bool {
        value.allSatisfy { $0 >= 0x20 || $0 == 0x09 }
    }

    /// A name made of the name of a JSON member: `NOVI_FIELD_STATUS_CODE` of `statusCode`.
    static func fieldName(of member: String) -> String {
        var name = Array("NOVI_FIELD_".utf8)
        var previousIsLower = false
        for byte in member.utf8 {
            guard name.count < maximumNameBytes else { break }
            if let letter = ASCII.lowercased(byte) {
                if ASCII.isUppercase(byte), previousIsLower { name.append(0x5F) }
                guard name.count < maximumNameBytes else { break }
                name.append(letter - 0x20)
                previousIsLower = !ASCII.isUppercase(byte)
            } else {
                let isDigit = ASCII.isDigit(byte)
                name.append(isDigit ? byte : 0x5F)
                previousIsLower = isDigit
            }
        }
        return String(decoding: name, as: UTF8.self)
    }
}

/// How far a primary log has been sent to the journal, as each entry carries it in `NOVI_OFFSET`.
///
/// The number of the file is a part of it, so that it says the same after any rotation.
public struct JournalOffset: Hashable, Sendable, CustomStringConvertible {
    /// The device of the log file.
    public var device: UInt64
    /// Its number on the device.
    public var inode: UInt64
    /// The first byte behind the line.
    public var offset: Int64

    /// Makes an offset.
    public init(device: UInt64, inode: UInt64, offset: Int64) {
        self.device = device
        self.inode = inode
        self.offset = offset
    }

    /// `DEVICE:INODE:OFFSET`, in decimal.
    public var description: String { "\(device):\(inode):\(offset)" }

    /// Reads what ``description`` writes; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let device = UInt64(parts[0]), let inode = UInt64(parts[1]),
            let offset = Int64(parts[2]), offset >= 0
        else { return nil }
        self.init(device: device, inode: inode, offset: offset)
    }
}

/// Makes journal entries of the lines of one source.
public struct JournalLineEncoder: Sendable {
    /// The fields that are the same for each line of the source.
    private let common: [UInt8]
    /// Whether the members of JSON lines become fields.
    private let parsesFields: Bool

    /// Makes an encoder.
    ///
    /// - Parameters:
    ///   - origin: Whose lines they are.
    ///   - parsesFields: Whether the members of a JSON object become fields, and its message the MESSAGE.
    public init(of origin: LineOrigin, parsesFields: Bool = false) {
        var entry = JournalEntry()
        let app = origin.process.app.rawValue
        entry.append("SYSLOG_IDENTIFIER", "novi-\(app)")
        entry.append("NOVI_APP", app)
        entry.append("NOVI_INSTANCE", "\(origin.process.instance)")
        if let run = origin.run { entry.append("NOVI_RUN", "\(run)") }
        entry.append("NOVI_STREAM", origin.stream.rawValue)
        common = entry.bytes
        self.parsesFields = parsesFields
    }

    /// Writes the entry of one line.
    ///
    /// - Parameters:
    ///   - line: What the assembler gave.
    ///   - buffer: The assembler's buffer.
    ///   - level: How grave it is.
    ///   - end: How far the log has been sent with it.
    ///   - entry: Receives the entry in place of what it held.
    public func encode(
        _ line: LineAssembler.Line,
        from buffer: [UInt8],
        level: LogLevel,
        upTo end: JournalOffset,
        into entry: inout JournalEntry
    ) {
        entry.removeAll()
        entry.append(common)
        entry.append("PRIORITY", "\(level.syslogPriority)")
        entry.append("NOVI_OFFSET", end.description)
        if line.continues || line.isContinued {
            entry.append("NOVI_PARTIAL", line.isContinued ? (line.continues ? "middle" : "first") : "last")
        }
        let message = Self.message(buffer[line.range])
        guard parsesFields, message.first == UInt8(ascii: "{"),
            message.count <= JournalEntry.maximumParsedBytes,
            let object = try? JSONValue(parsing: Array(message), limits: JSONLimits(depth: 16)).objectValue
        else {
            entry.append("MESSAGE", message)
            return
        }
        appendMembers(of: object, message, to: &entry)
    }

    /// The line without a prefix `<N>`, which became the priority, and without a carriage return at its end.
    private static func message(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        if line.count >= 3, line.first == UInt8(ascii: "<"), line[line.startIndex + 2] == UInt8(ascii: ">"),
            (0x30...0x37).contains(line[line.startIndex + 1])
        {
            line = line.dropFirst(3)
        }
        return line.last == 0x0D ? line.dropLast() : line
    }

    private func appendMembers(of object: JSONObject, _ line: ArraySlice<UInt8>, to entry: inout JournalEntry)
    {
        let text = ["msg", "message"].lazy.compactMap { object[$0]?.stringValue }.first
        if let text { entry.append("MESSAGE", text) } else { entry.append("MESSAGE", line) }
        var count = 0
        for (name, value) in object where count < JournalEntry.maximumLineFields {
            if text != nil, name == "msg" || name == "message", value.stringValue == text { continue }
            count += 1
            switch value {
            case .string(let text): entry.append(JournalEntry.fieldName(of: name), text)
            case .null, .bool, .integer, .number, .array, .object:
                entry.append(JournalEntry.fieldName(of: name), value.serialized()[...])
            }
        }
    }
}

extension JournalEntry {
    /// Appends fields that are encoded already.
    fileprivate mutating func append(_ encoded: [UInt8]) {
        bytes += encoded
    }
}
