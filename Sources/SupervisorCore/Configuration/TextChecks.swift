extension String {
    /// Whether execve(2) and shells can carry a variable of this name.
    var isVariableName: Bool {
        !isEmpty && !unicodeScalars.contains { $0.isControl || $0 == "=" } && utf8.count <= 1024
    }
}

extension String {
    /// The text with every control character replaced, so that a file cannot speak to the terminal.
    var withoutControls: String {
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            text.append(scalar.isControl ? "\u{FFFD}" : scalar)
        }
        return String(text)
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character of ASCII or Latin-1.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
