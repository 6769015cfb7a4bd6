/// Writes rows as CSV (RFC 4180), safe to open in a spreadsheet.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe in front: one that begins with `=`, `+`, `-`, `@`, tab or
/// carriage return, also in their full-width forms and behind blanks (OWASP, CSV injection). Numbers of our own go through ``number(_:)``.
struct CSVWriter {
    /// The text so far.
    private(set) var bytes: [UInt8] = []

    private var isFirstCell = true

    /// Appends a text cell.
    mutating func text(_ text: String) {
        let guarded = Self.isFormula(text) ? "'" + text : text
        let needsQuotes = guarded.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        cell(
            needsQuotes
                ? "\""
                    + guarded.split(separator: "\"", omittingEmptySubsequences: false).joined(
                        separator: "\"\""
                    ) + "\"" : guarded
        )
    }

    /// Appends a cell that is nothing but a number or empty; it needs no guard.
    mutating func number(_ text: String) {
        let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }
        if isNumber { cell(text) } else { self.text(text) }
    }

    /// Ends the row (RFC 4180: CR LF).
    mutating func endRow() {
        bytes += [0x0D, 0x0A]
        isFirstCell = true
    }

    /// Takes the text so far out, to be sent.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    private mutating func cell(_ text: String) {
        if !isFirstCell { bytes.append(0x2C) }
        isFirstCell = false
        bytes += text.utf8
    }

    /// Whether a spreadsheet could take the text for a formula.
    static func isFormula(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first(where: { !Self.isBlank($0) }) else { return false }
        if text.unicodeScalars.first == "\t" || text.unicodeScalars.first == "\r" { return true }
        return "=+-@＝＋－＠".unicodeScalars.contains(first)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.generalCategory == .format
            || scalar.properties.generalCategory == .control
    }
}
