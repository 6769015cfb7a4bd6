import Glibc

/// Reads environment variables and remembers everything that is wrong with them.
///
/// Read all of them, then call ``finish()``: whoever configures a worker learns of every mistake in one run.
public struct VariableReader {
    /// The problems found so far.
    public private(set) var problems: [String] = []

    private let variables: [String: String]

    /// Makes a reader of variables; by default those of this process.
    public init(_ variables: [String: String] = VariableReader.processVariables()) {
        self.variables = variables
    }

    /// The value of a variable; `nil` when it is missing or empty.
    public func text(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// The absolute path in a variable; `nil` when it is missing or no absolute path (which is a problem).
    public mutating func path(_ name: String) -> String? {
        guard let value = text(name) else { return nil }
        guard value.hasPrefix("/") else {
            problems.append("\(name) is \"\(value)\", but must be an absolute path")
            return nil
        }
        return value
    }

    /// The whole number in a variable; `nil` when it is missing or not in `range` (which is a problem).
    public mutating func number(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = text(name) else { return nil }
        guard let number = Int64(value), range.contains(number) else {
            problems.append(
                "\(name) is \"\(value)\", but must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
        }
        return number
    }

    /// The case of an enum that a variable names, or `defaultValue`.
    public mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        default defaultValue: Value
    ) -> Value where Value.RawValue == String {
        guard let value = text(name) else { return defaultValue }
        guard let choice = Value(rawValue: value) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append("\(name) is \"\(value)\", but must be one of \(known)")
            return defaultValue
        }
        return choice
    }

    /// Whether a variable is `1`; anything but `0`, `1` or nothing is a problem.
    public mutating func flag(_ name: String) -> Bool {
        number(name, in: 0...1) == 1
    }

    /// Notes a problem that the caller found.
    public mutating func report(_ problem: String) {
        problems.append(problem)
    }

    /// Throws when anything was wrong.
    public func finish() throws(ConfigurationFailure) {
        guard problems.isEmpty else { throw ConfigurationFailure(problems: problems) }
    }

    /// The environment of this process (environ(7)).
    public static func processVariables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let separator = text.firstIndex(of: "=") {
                let name = String(text[..<separator])
                if variables[name] == nil { variables[name] = String(text[text.index(after: separator)...]) }
            }
            entry += 1
        }
        return variables
    }
}
