/// The text of an `env_file`: one `NAME=value` a line.
///
/// Blank lines and lines that start with `#` are skipped; `export ` may stand before a name. A value is taken as it
/// is up to ` #`, without blanks around it; in `'…'` literally; in `"…"` with `\n`, `\r`, `\t`, `\"`, `\\` and `\$`. Quoted
/// values may go over several lines. Variables are not expanded.
public struct EnvironmentFile: Hashable, Sendable {
    /// One mistake and its place.
    public struct Problem: Hashable, Sendable {
        /// The line, from 1.
        public var line: Int
        /// What is wrong.
        public var message: String
    }

    /// What the file sets; of a name that is set twice the last value counts.
    public private(set) var variables: [String: String] = [:]
    /// Every mistake found.
    public private(set) var problems: [Problem] = []

    /// The largest file that is read, in bytes.
    public static let maximumBytes = 1 << 20

    /// Reads the text of a file; mistakes are collected, not thrown.
    public init(parsing bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.append(Problem(line: 1, message: "the file is not UTF-8 text"))
            return
        }
        var scalars = Scanner(text)
        if scalars.peek == "\u{FEFF}" { scalars.advance() }
        while !scalars.isAtEnd {
            readLine(&scalars)
        }
    }

    /// Whether `name` can be the name of a variable: letters, digits, `_`, `.` and `-`, no digit first.
    public static func isName(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D: true
            default: false
            }
        }
    }

    private mutating func readLine(_ scanner: inout Scanner) {
        scanner.skipBlanks()
        guard let first = scanner.peek, first != "\n" else {
            scanner.advance()
            return
        }
        guard first != "#" else {
            scanner.skipLine()
            return
        }
        let line = scanner.line
        var name = scanner.take { $0 != "=" && $0 != "\n" }.trimmingBlanks
        if name.hasPrefix("export "), let rest = name.split(separator: " ", maxSplits: 1).last {
            name = String(rest).trimmingBlanks
        }
        guard scanner.peek == "=" else {
            problems.append(Problem(line: line, message: "no \"=\" after \"\(name.prefix(40))\""))
            scanner.skipLine()
            return
        }
        scanner.advance()
        guard Self.isName(name) else {
            problems.append(Problem(line: line, message: "\"\(name.prefix(40))\" is no name of a variable"))
            scanner.skipLine()
            return
        }
        scanner.skipBlanks()
        if let value = readValue(of: name, &scanner) {
            if value.unicodeScalars.contains("\0") {
                problems.append(Problem(line: line, message: "the value of \(name) holds a NUL character"))
            } else {
                variables[name] = value
            }
        }
    }

    /// Reads what is behind the `=`, up to the end of the line.
    private mutating func readValue(of name: String, _ scanner: inout Scanner) -> String? {
        guard let quote = scanner.peek, quote == "'" || quote == "\"" else {
            let raw = scanner.take { $0 != "\n" }
            scanner.advance()
            return Self.withoutComment(raw).trimmingBlanks
        }
        let line = scanner.line
        scanner.advance()
        var value = ""
        while let scalar = scanner.peek {
            scanner.advance()
            if scalar == quote {
                let rest = scanner.take { $0 != "\n" }.trimmingBlanks
                scanner.advance()
                if !rest.isEmpty, !rest.hasPrefix("#") {
                    problems.append(Problem(line: line, message: "text after the closing quote of \(name)"))
                }
                return value
            }
            if scalar == "\\", quote == "\"", let next = scanner.peek {
                scanner.advance()
                value.unicodeScalars.append(contentsOf: Self.escaped(next))
            } else {
                value.unicodeScalars.append(scalar)
            }
        }
        problems.append(Problem(line: line, message: "the quote before the value of \(name) is never closed"))
        return nil
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar {
        case "n": ["\n"]
        case "r": ["\r"]
        case "t": ["\t"]
        case "\"", "\\", "$": [scalar]
        default: ["\\", scalar]
        }
    }

    /// The part of an unquoted value before a `#` that follows a blank, or starts the value.
    private static func withoutComment(_ raw: String) -> String {
        var previous: Unicode.Scalar = " "
        var kept = String.UnicodeScalarView()
        for scalar in raw.unicodeScalars {
            if scalar == "#", previous == " " || previous == "\t" { break }
            kept.append(scalar)
            previous = scalar
        }
        return String(kept)
    }
}

extension EnvironmentFile {
    /// Walks over the characters of a text and counts lines; CR LF counts as LF.
    private struct Scanner {
        private let scalars: [Unicode.Scalar]
        private var index = 0
        private(set) var line = 1

        init(_ text: String) {
            var scalars: [Unicode.Scalar] = []
            for scalar in text.unicodeScalars {
                if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
                scalars.append(scalar)
            }
            self.scalars = scalars
        }

        var isAtEnd: Bool { index >= scalars.count }
        var peek: Unicode.Scalar? { isAtEnd ? nil : scalars[index] }

        mutating func advance() {
            guard !isAtEnd else { return }
            if scalars[index] == "\n" { line += 1 }
            index += 1
        }

        mutating func skipBlanks() {
            while peek == " " || peek == "\t" { advance() }
        }

        mutating func skipLine() {
            while let scalar = peek, scalar != "\n" { advance() }
            advance()
        }

        mutating func take(while predicate: (Unicode.Scalar) -> Bool) -> String {
            var taken = String.UnicodeScalarView()
            while let scalar = peek, predicate(scalar) {
                taken.append(scalar)
                advance()
            }
            return String(taken)
        }
    }
}

extension String {
    /// The text without spaces and tabs at both ends.
    var trimmingBlanks: String {
        let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        let start = unicodeScalars.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }
}
