extension JSONValue {
    /// The document as UTF-8 text (RFC 8259), on one line unless `pretty`.
    public func serialized(pretty: Bool = false) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        if pretty {
            writePretty(into: &output, indentation: 0)
        } else {
            write(into: &output)
        }
        return output
    }

    /// Appends the document on one line.
    public func write(into output: inout [UInt8]) {
        switch self {
        case .array(let elements):
            output.append(0x5B)
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(0x2C) }
                element.write(into: &output)
            }
            output.append(0x5D)
        case .object(let object):
            output.append(0x7B)
            var isFirst = true
            for (key, value) in object {
                if !isFirst { output.append(0x2C) }
                isFirst = false
                Self.write(key, into: &output)
                output.append(0x3A)
                value.write(into: &output)
            }
            output.append(0x7D)
        case .null, .bool, .integer, .number, .string: writeScalar(into: &output)
        }
    }

    private func writePretty(into output: inout [UInt8], indentation: Int) {
        let inner = [UInt8](repeating: 0x20, count: indentation + 2)
        let outer = inner.dropLast(2)
        switch self {
        case .array(let elements) where !elements.isEmpty:
            output.append(0x5B)
            for (index, element) in elements.enumerated() {
                output += index > 0 ? [0x2C, 0x0A] : [0x0A]
                output += inner
                element.writePretty(into: &output, indentation: indentation + 2)
            }
            output.append(0x0A)
            output += outer
            output.append(0x5D)
        case .object(let object) where !object.isEmpty:
            output.append(0x7B)
            var isFirst = true
            for (key, value) in object {
                output += isFirst ? [0x0A] : [0x2C, 0x0A]
                isFirst = false
                output += inner
                Self.write(key, into: &output)
                output += [0x3A, 0x20]
                value.writePretty(into: &output, indentation: indentation + 2)
            }
            output.append(0x0A)
            output += outer
            output.append(0x7D)
        case .array, .object, .null, .bool, .integer, .number, .string: write(into: &output)
        }
    }

    private func writeScalar(into output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let flag): output += flag ? "true".utf8 : "false".utf8
        case .integer(let number): output += "\(number)".utf8
        // JSON has neither infinity nor NaN.
        case .number(let number): output += number.isFinite ? "\(number)".utf8 : "null".utf8
        case .string(let text): Self.write(text, into: &output)
        case .array, .object: break
        }
    }

    private static func write(_ text: String, into output: inout [UInt8]) {
        output.append(0x22)
        defer { output.append(0x22) }
        // Nearly every text goes as it is, in one piece.
        guard text.utf8.contains(where: needsEscape) else {
            output += text.utf8
            return
        }
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: output += [0x5C, byte]
            case 0x0A: output += [0x5C, 0x6E]
            case 0x0D: output += [0x5C, 0x72]
            case 0x09: output += [0x5C, 0x74]
            case 0x00..<0x20, 0x7F:
                output += [0x5C, 0x75, 0x30, 0x30, hexDigit(byte >> 4), hexDigit(byte & 15)]
            default: output.append(byte)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }
}
