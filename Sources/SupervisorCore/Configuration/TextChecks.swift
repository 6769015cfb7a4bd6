extension String {
    /// Whether execve(2) and shells can carry a variable of this name.
    var isVariableName: Bool {
        !isEmpty && !unicodeScalars.contains { $0.isControl || $0 == "=" } && utf8.count <= 1024
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character of ASCII or Latin-1.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
