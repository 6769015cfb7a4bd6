public import Shared

/// A message with what it should say, as files for `noviWorker parse` hold them.
public struct ParseCase: Sendable {
    /// The name of the case.
    public let id: String

    /// The message.
    public let message: ReceivedMessage

    /// When it was sent, in seconds since 1970; `nil` where the file does not say.
    public let now: Int64?

    /// The business's time zone, a name of the tz database; `nil` where the file does not say.
    public let timeZone: String?

    /// The result that is right; `nil` where the file does not say.
    public let expected: JSONObject?
}

/// A mistake in a file of cases.
public struct ParseCaseProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where: `[3].context.from_me`.
    public let path: JSONPath

    /// What is wrong and what should be there.
    public let reason: String

    /// `[3].now: …`.
    public var description: String { path.components.isEmpty ? reason : "\(path): \(reason)" }
}

extension ParseCase {
    /// The most cases of a file.
    public static let maximumCount = 100_000

    /// Reads the cases of a document.
    ///
    /// It is an array of objects with `id`, `message` and, as needed, `now`, `timezone`, `context` (`from_me`, `quoted`) and
    /// `expected`; other members are let be.
    ///
    /// - Returns: The cases, and every mistake.
    public static func read(_ document: JSONValue) -> (cases: [ParseCase], problems: [ParseCaseProblem]) {
        guard let elements = document.arrayValue else {
            return ([], [ParseCaseProblem(path: JSONPath(), reason: "an array of cases is expected")])
        }
        guard elements.count <= maximumCount else {
            let reason = "\(elements.count) cases; at most \(maximumCount) are read"
            return ([], [ParseCaseProblem(path: JSONPath(), reason: reason)])
        }
        var reader = ParseCaseReader()
        let cases = elements.enumerated().compactMap { reader.read($1, at: $0) }
        return (cases, reader.problems)
    }
}

/// Reads cases and gathers mistakes.
private struct ParseCaseReader {
    private(set) var problems: [ParseCaseProblem] = []
    private var ids: [String: Int] = [:]
    private var path = JSONPath()

    mutating func read(_ value: JSONValue, at index: Int) -> ParseCase? {
        path = JSONPath([.index(index)])
        guard let object = value.objectValue else {
            report([], "an object with \"id\" and \"message\" is expected")
            return nil
        }
        let id = text(object, "id", isRequired: true)
        if let id {
            if let first = ids[id] { report(["id"], "\"\(id.prefix(40))\" is the id of [\(first)], too") }
            ids[id] = ids[id] ?? index
        }
        let message = text(object, "message", isRequired: true)
        let now = text(object, "now", isRequired: false)
        let seconds = now.flatMap(RFC3339.seconds)
        if let now, seconds == nil {
            report(["now"], "\"\(now.prefix(40))\" is no time such as 2026-06-10T09:30:00+01:00")
        }
        let zone = text(object, "timezone", isRequired: false)
        let expected = expected(object)
        let context = context(object)
        guard let id, let message else { return nil }
        let received = ReceivedMessage(text: message, isFromMe: context.isFromMe, quotedText: context.quoted)
        return ParseCase(id: id, message: received, now: seconds, timeZone: zone, expected: expected)
    }

    private mutating func expected(_ object: JSONObject) -> JSONObject? {
        guard let value = object["expected"], value != .null else { return nil }
        guard let expected = value.objectValue else {
            report(["expected"], "an object is expected")
            return nil
        }
        if expected["outcome"]?.stringValue == nil {
            report(["expected", "outcome"], "one of order, incomplete, command, ignored is expected")
        }
        return expected
    }

    private mutating func context(_ object: JSONObject) -> (isFromMe: Bool, quoted: String?) {
        guard let value = object["context"], value != .null else { return (false, nil) }
        guard let context = value.objectValue else {
            report(["context"], "an object is expected")
            return (false, nil)
        }
        var isFromMe = false
        if let flag = context["from_me"] {
            isFromMe = flag.boolValue ?? false
            if flag.boolValue == nil { report(["context", "from_me"], "true or false is expected") }
        }
        var quoted: String?
        if let text = context["quoted"], text != .null {
            quoted = text.stringValue
            if quoted == nil { report(["context", "quoted"], "a text is expected") }
        }
        return (isFromMe, quoted)
    }

    private mutating func text(_ object: JSONObject, _ key: String, isRequired: Bool) -> String? {
        guard let value = object[key], isRequired || value != .null else {
            if isRequired { report([key], "a text is missing") }
            return nil
        }
        guard let text = value.stringValue else {
            report([key], "a text is expected")
            return nil
        }
        return text
    }

    private mutating func report(_ keys: [String], _ reason: String) {
        let full = keys.reduce(path) { $0.appending(.key($1)) }
        problems.append(ParseCaseProblem(path: full, reason: reason))
    }
}
