import Postgres
import Shared

/// The shape of a JSON value: checks what comes in and describes itself in OpenAPI (JSON Schema 2020-12).
indirect enum Schema: Sendable {
    /// A text.
    case text(TextRule)
    /// A whole number.
    case integer(ClosedRange<Int64>)
    /// Any number; only in answers.
    case number
    /// Money, more than nothing.
    case amount
    /// Money, maybe nothing.
    case price
    /// One of several.
    case either([Schema])
    /// Yes or no.
    case boolean
    /// A list.
    case list(Schema, count: ClosedRange<Int>)
    /// Named members.
    case object(ObjectRule)
    /// Something or `null`.
    case nullable(Schema)
    /// Any members; only in answers.
    case anyObject

    /// What is wrong with a value, each with its path; bounded.
    func problems(in value: JSONValue) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        check(value, at: JSONPath(), into: &problems)
        return problems
    }

    private static let maximumProblems = 50

    fileprivate func check(_ value: JSONValue, at path: JSONPath, into problems: inout [FieldProblem]) {
        guard problems.count < Self.maximumProblems else { return }
        func wrong(_ problem: String) { problems.append(FieldProblem(path: path, problem: problem)) }
        switch self {
        case .text(let rule):
            guard let text = value.stringValue else { return wrong("must be a text") }
            if let problem = rule.problem(of: text) { wrong(problem) }
        case .integer(let range):
            guard let number = value.wholeNumber, range.contains(number) else {
                return wrong("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
        case .number:
            if value.numberValue == nil { wrong("must be a number") }
        case .amount:
            if Money(amount: value) == nil {
                wrong("must be a number over 0 with at most two decimals, at most \(Money.maximumAmount)")
            }
        case .price:
            if Money(price: value) == nil {
                wrong(
                    "must be a number of at least 0 with at most two decimals, at most \(Money.maximumAmount)"
                )
            }
        case .either(let schemas):
            let kind = schemas.first { $0.takes(value) }
            guard let kind else { return wrong("must be \(schemas.map(\.kind).joined(separator: " or "))") }
            kind.check(value, at: path, into: &problems)
        case .boolean:
            if value.boolValue == nil { wrong("must be true or false") }
        case .list(let element, let count):
            guard let elements = value.arrayValue else { return wrong("must be a list") }
            guard count.contains(elements.count) else {
                return wrong("must have \(count.lowerBound) to \(count.upperBound) elements")
            }
            for (index, item) in elements.enumerated() {
                element.check(item, at: path.appending(.index(index)), into: &problems)
            }
        case .object(let rule):
            guard let object = value.objectValue else { return wrong("must be an object") }
            rule.check(object, at: path, into: &problems)
        case .nullable(let schema):
            if value != .null { schema.check(value, at: path, into: &problems) }
        case .anyObject:
            if value.objectValue == nil { wrong("must be an object") }
        }
    }
}

/// What is wrong with one field of a request.
struct FieldProblem: Equatable, Sendable {
    /// Where; the root of a body is empty.
    let path: JSONPath

    /// What, for people.
    let problem: String
}

/// What a text must be.
struct TextRule: Sendable {
    /// How many Unicode scalars: what JSON Schema and PostgreSQL count.
    var length: ClosedRange<Int>

    /// The only values, when there are but a few.
    var choices: [String] = []

    /// JSON Schema's `format`, for readers.
    var format: String?

    /// JSON Schema's `pattern`, for readers; ``check`` decides.
    var pattern: String?

    /// Whether it is cleaned before it is kept: then its length counts cleaned, and control characters are no mistake.
    var isCleaned = false

    /// Whether control characters, such as line breaks, may stand in it as they are.
    var allowsControls = false

    /// What else is wrong with a text; `nil` when it is good.
    var check: (@Sendable (String) -> String?)?

    func problem(of text: String) -> String? {
        if !choices.isEmpty {
            return choices.contains(text) ? nil : "must be one of \(choices.joined(separator: ", "))"
        }
        let text = isCleaned ? PlainText.cleaned(text) : text
        let count = text.unicodeScalars.count
        guard length.contains(count) else {
            if count < length.lowerBound, length.lowerBound == 1 { return "must not be empty" }
            return "must have \(length.lowerBound) to \(length.upperBound) characters"
        }
        let hasControls = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard isCleaned || allowsControls || !hasControls else { return "must not have control characters" }
        return check?(text)
    }
}

/// The members of an object.
struct ObjectRule: Sendable {
    /// One member.
    struct Member: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool
        var note: String?
    }

    /// The name under which OpenAPI keeps it.
    let name: String

    let members: [Member]

    /// How many members there must be at least; 1 for a change that must change something.
    var minimumCount = 0

    /// Something about several members together.
    var check: (@Sendable (JSONObject) -> [FieldProblem])?

    fileprivate func check(_ object: JSONObject, at path: JSONPath, into problems: inout [FieldProblem]) {
        for name in object.duplicateKeys {
            problems.append(FieldProblem(path: path.appending(.key(name)), problem: "is there twice"))
        }
        var unknown = 0
        for name in object.keys where !members.contains(where: { $0.name == name }) {
            unknown += 1
            guard unknown <= 10 else { break }
            problems.append(
                FieldProblem(
                    path: path.appending(.key(String(name.prefix(64)))),
                    problem: "is not known here"
                )
            )
        }
        for member in members {
            if let value = object[member.name] {
                member.schema.check(value, at: path.appending(.key(member.name)), into: &problems)
            } else if member.isRequired {
                problems.append(FieldProblem(path: path.appending(.key(member.name)), problem: "is missing"))
            }
        }
        if object.count < minimumCount {
            problems.append(FieldProblem(path: path, problem: "must have at least \(minimumCount) field"))
        }
        if problems.isEmpty, let check { problems += check(object) }
    }
}

extension Schema {
    /// A text of one line.
    static func line(_ length: ClosedRange<Int>) -> Schema { .text(TextRule(length: length)) }

    /// A text that people write and that is cleaned before it is kept.
    static func plainText(_ length: ClosedRange<Int>) -> Schema {
        .text(TextRule(length: length, isCleaned: true))
    }

    /// One of some words.
    static func choice(_ choices: [String]) -> Schema { .text(TextRule(length: 0...64, choices: choices)) }

    /// An object.
    static func object(_ name: String, _ members: [ObjectRule.Member], minimumCount: Int = 0) -> Schema {
        .object(ObjectRule(name: name, members: members, minimumCount: minimumCount))
    }
}

extension ObjectRule.Member {
    /// A member that must be there.
    static func required(_ name: String, _ schema: Schema, _ note: String? = nil) -> Self {
        Self(name: name, schema: schema, isRequired: true, note: note)
    }

    /// A member that may be left out.
    static func optional(_ name: String, _ schema: Schema, _ note: String? = nil) -> Self {
        Self(name: name, schema: schema, isRequired: false, note: note)
    }
}

extension Schema {
    /// Whether a value is of this kind at all.
    private func takes(_ value: JSONValue) -> Bool {
        switch self {
        case .text: value.stringValue != nil
        case .list: value.arrayValue != nil
        case .object, .anyObject: value.objectValue != nil
        case .boolean: value.boolValue != nil
        case .integer, .number, .amount, .price: value.numberValue != nil
        case .nullable(let schema): value == .null || schema.takes(value)
        case .either(let schemas): schemas.contains { $0.takes(value) }
        }
    }

    /// The kind in words.
    private var kind: String {
        switch self {
        case .text: "a text"
        case .list: "a list"
        case .object, .anyObject: "an object"
        case .boolean: "true or false"
        case .integer, .number, .amount, .price: "a number"
        case .nullable(let schema): "\(schema.kind) or null"
        case .either(let schemas): schemas.map(\.kind).joined(separator: " or ")
        }
    }
}

extension JSONValue {
    /// A whole number, also when it is written as `1.0`, which JSON Schema takes for one.
    var wholeNumber: Int64? {
        switch self {
        case .integer(let number): number
        case .number(let number): Int64(exactly: number)
        case .null, .bool, .string, .array, .object: nil
        }
    }
}
