import OrderMessages
import Shared

/// A score as people and programs read it.
struct ParseReport {
    private let score: ParseScore

    init(_ score: ParseScore) {
        self.score = score
    }

    /// A table of the fields, then what differs, then the sum.
    var text: String {
        let width = score.fields.map(\.name.utf8.count).max() ?? 0
        var text = "\(padded("field", max(width, 5)))  precision  recall  expected  found  right\n"
        for (name, field) in score.fields {
            text +=
                "\(padded(name, max(width, 5)))  \(padded(share(field.precision), 9))  \(padded(share(field.recall), 6))"
            text +=
                "  \(padded(String(field.expected), 8))  \(padded(String(field.found), 5))  \(field.right)\n"
        }
        for difference in score.differences {
            text += "\(difference.id): \(difference.field): expected \(written(difference.expected))"
            text += ", found \(written(difference.found))\n"
        }
        return text + "\(score.rightCases) of \(score.cases) cases hold\n"
    }

    /// The same for programs.
    var json: JSONValue {
        let fields = score.fields.map { name, field in
            let value: JSONValue = [
                "field": .string(name), "precision": .number(field.precision),
                "recall": .number(field.recall),
                "expected": .integer(Int64(field.expected)), "found": .integer(Int64(field.found)),
                "right": .integer(Int64(field.right)),
            ]
            return value
        }
        let differences = score.differences.map { difference in
            let value: JSONValue = [
                "id": .string(difference.id), "field": .string(difference.field),
                "expected": difference.expected,
                "found": difference.found,
            ]
            return value
        }
        return [
            "schema": 1, "cases": .integer(Int64(score.cases)), "right": .integer(Int64(score.rightCases)),
            "fields": .array(fields), "differences": .array(differences),
        ]
    }

    private func written(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    /// Three decimals; 1.000 only for all.
    private func share(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded(.down))
        let decimals = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - decimals.utf8.count))\(decimals)"
    }
}
