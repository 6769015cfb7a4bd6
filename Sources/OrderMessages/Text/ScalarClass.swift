/// What cleaning does with a scalar outside printable ASCII.
enum ScalarClass: Equatable {
    /// Ends a line.
    case lineEnd
    /// Is a space.
    case space
    /// Is dropped.
    case nothing
    /// Sits on the letter before it.
    case mark
    /// Is kept, in its plain form.
    case character(Unicode.Scalar)

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: self = .lineEnd
        case 0x09, 0x20, 0xA0: self = .space
        case 0x00..<0x20, 0x7F..<0xA0: self = .nothing
        // Variation selectors choose how an emoji looks.
        case 0xFE00...0xFE0F, 0xE0100...0xE01EF: self = .nothing
        case 0xFF01...0xFF5E: self = .character(Self.ascii(scalar.value - 0xFF01 + 0x21))
        // Hyphens that look like the ASCII one.
        case 0x2010, 0x2011: self = .character("-")
        case 0x1D400...0x1D6A3: self = .character(Self.letter((scalar.value - 0x1D400) % 52))
        case 0x1D7CE...0x1D7FF: self = .character(Self.ascii((scalar.value - 0x1D7CE) % 10 + 0x30))
        case 0x21..<0x7F: self = .character(scalar)
        default: self.init(category: scalar)
        }
    }

    private init(category scalar: Unicode.Scalar) {
        switch scalar.properties.generalCategory {
        case .spaceSeparator: self = .space
        case .format, .control: self = .nothing
        // The frame of a keycap emoji tells that the digit before it is a bullet.
        case .enclosingMark where scalar == Self.keycap: self = .character(scalar)
        case .nonspacingMark, .enclosingMark: self = .mark
        case .decimalNumber:
            let value = scalar.properties.numericValue.map { UInt32($0) } ?? 0
            self = .character(Self.ascii(0x30 + value))
        default: self = .character(scalar)
        }
    }

    /// The frame of `1️⃣`.
    static let keycap: Unicode.Scalar = "\u{20E3}"

    private static func ascii(_ value: UInt32) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(truncatingIfNeeded: value))
    }

    private static func letter(_ index: UInt32) -> Unicode.Scalar {
        ascii(index < 26 ? 0x41 + index : 0x61 + index - 26)
    }
}
