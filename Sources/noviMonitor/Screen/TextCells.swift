import CTerminalShims

/// Text as cells of a terminal: each letter with what combines with it, and its width.
struct TextCells: Sequence, IteratorProtocol {
    /// A letter.
    struct Letter {
        var text: String
        /// One column or two.
        var width: Int
        /// Where it is in the text, in bytes of UTF-8.
        var bytes: Range<Int>
    }

    /// More is a trick: some fonts pile marks up over half the screen, and ncurses keeps five letters to a cell.
    private static let mostCombining = 3

    private var scalars: String.UnicodeScalarView.Iterator
    private var pending: (scalar: Unicode.Scalar, width: Int, start: Int)?
    private var offset = 0

    init(_ text: String) {
        scalars = text.unicodeScalars.makeIterator()
    }

    mutating func next() -> Letter? {
        guard let first = pending ?? nextBase() else { return nil }
        pending = nil
        var text = String.UnicodeScalarView()
        text.append(first.scalar)
        var combining = 0
        var end = offset
        while let scalar = scalars.next() {
            let start = offset
            offset += UTF8.width(scalar)
            let width = Self.width(of: scalar)
            guard width == 0 else {
                pending = (scalar, width, start)
                break
            }
            end = offset
            combining += 1
            if combining <= Self.mostCombining { text.append(scalar) }
        }
        return Letter(text: String(text), width: first.width, bytes: first.start..<end)
    }

    /// The next letter that takes room; marks without a letter before them are left out.
    private mutating func nextBase() -> (scalar: Unicode.Scalar, width: Int, start: Int)? {
        while let scalar = scalars.next() {
            let start = offset
            offset += UTF8.width(scalar)
            let width = Self.width(of: scalar)
            if width > 0 { return (scalar, width, start) }
        }
        return nil
    }

    /// The columns of a letter; what the C library cannot show should have been replaced by now and takes one.
    static func width(of scalar: Unicode.Scalar) -> Int {
        if scalar.value >= 0x20, scalar.value < 0x7F { return 1 }
        let width = novi_letter_width(scalar.value)
        return width < 0 ? 1 : Int(width)
    }

    /// The columns of a text.
    static func width(of text: String) -> Int {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
        return TextCells(text).reduce(0) { $0 + $1.width }
    }
}

extension UTF8 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case ..<0x80: 1
        case ..<0x800: 2
        case ..<0x10000: 3
        default: 4
        }
    }
}
