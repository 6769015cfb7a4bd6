/// A message after cleaning: lines without controls, invisible marks and superfluous space.
struct MessageText: Sendable {
    /// The lines that hold anything, without space at their ends.
    let lines: [Line]

    /// Whether the message was longer than what is read.
    let isCut: Bool

    /// Cleans a message (spec D2, step 3).
    ///
    /// Line ends of all kinds become one, spaces of all kinds a space, runs of them one. Controls and format characters (bidi marks, zero-width
    /// characters) go. Full-width forms, mathematical letters and the digits of all scripts become ASCII, because phones
    /// and adverts write with them.
    init(_ text: String) {
        var cleaner = Cleaner()
        for scalar in text.unicodeScalars {
            guard cleaner.take(scalar) else { break }
        }
        cleaner.endLine()
        lines = cleaner.lines
        isCut = cleaner.isCut
    }
}

/// One pass over a message.
private struct Cleaner {
    var lines: [Line] = []
    var isCut = false

    private var line: [Unicode.Scalar] = []
    private var kept = 0
    private var marks = 0
    private var hasSpace = false

    /// Takes the next scalar; `false` once the message is full.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value > 0x20 && scalar.value < 0x7F { return keep(scalar) }
        switch ScalarClass(scalar) {
        case .lineEnd: endLine()
        case .space: hasSpace = true
        case .nothing: break
        case .mark:
            guard marks < OrderMessageLimits.combiningMarks else { return true }
            let count = marks + 1
            let isKept = keep(scalar)
            marks = count
            return isKept
        case .character(let plain): return keep(plain)
        }
        return true
    }

    mutating func endLine() {
        hasSpace = false
        marks = 0
        guard !line.isEmpty else { return }
        lines.append(Line(line))
        line.removeAll(keepingCapacity: true)
    }

    private mutating func keep(_ scalar: Unicode.Scalar) -> Bool {
        let needsSpace = hasSpace && !line.isEmpty
        guard kept + (needsSpace ? 2 : 1) <= OrderMessageLimits.messageScalars else {
            isCut = true
            return false
        }
        if needsSpace {
            line.append(" ")
            kept += 1
        }
        hasSpace = false
        marks = 0
        line.append(scalar)
        kept += 1
        return true
    }
}
