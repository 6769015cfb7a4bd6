import Postgres
import Shared

/// The answer of `migrate status`.
struct MigrationPage {
    let plan: MigrationPlan

    /// A table and a sentence.
    var text: String {
        var rows = [["VERSION", "NAME", "STATE", "APPLIED", "TOOK"]]
        for entry in plan.entries {
            rows.append([
                entry.version, entry.name, entry.state.rawValue,
                entry.applied.map { String($0.appliedAt.description.prefix(19)) + "Z" } ?? "-",
                entry.applied.map { "\($0.milliseconds) ms" } ?? "-",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "  ").trimmingSuffix { $0 == " " }
        }
        return (lines + ["", plan.summary]).joined(separator: "\n")
    }

    /// The same for scripts.
    var json: String {
        let entries = plan.entries.map { entry -> JSONValue in
            var object: JSONObject = [
                "version": .string(entry.version), "name": .string(entry.name),
                "state": .string(entry.state.rawValue),
            ]
            if let applied = entry.applied {
                object["applied_at"] = .string(applied.appliedAt.description)
                object["duration_ms"] = .integer(Int64(applied.milliseconds))
                object["applied_by"] = .string(applied.appliedBy)
            }
            if let migration = entry.migration {
                object["destructive"] = .bool(migration.up.traits.contains(.destructive))
            }
            return .object(object)
        }
        return serialized([
            "current": .bool(plan.isCurrent), "summary": .string(plan.summary), "migrations": .array(entries),
        ])
    }
}

/// The answer of `migrate up` and `migrate down`.
struct MigrationSteps {
    let steps: [Migrator.Step]
    let isDryRun: Bool

    /// One step as a line.
    static func line(_ step: Migrator.Step) -> String {
        "\(step.isUp ? "applied" : "took back") \(step.migration.fileStem) in \(step.duration.wholeMilliseconds) ms"
    }

    /// The sentence at the end.
    var summary: String {
        steps.isEmpty ? "nothing to do" : "\(steps.count) migration\(steps.count == 1 ? "" : "s") done"
    }

    /// For scripts.
    var json: String {
        let list = steps.map { step -> JSONValue in
            [
                "version": .string(step.migration.version), "name": .string(step.migration.name),
                "direction": .string(step.isUp ? "up" : "down"),
                "duration_ms": .integer(step.duration.wholeMilliseconds),
            ]
        }
        return serialized(["dry_run": .bool(isDryRun), "steps": .array(list)])
    }

    /// The whole answer of a dry run.
    func rendered(asJSON: Bool) -> String {
        if asJSON { return json }
        if steps.isEmpty { return "nothing to do" }
        return steps.map { step in
            let marks = step.migration.up.traits.contains(.destructive) ? " (destructive)" : ""
            return "would apply \(step.migration.fileStem)\(marks)"
        }.joined(separator: "\n")
    }
}

private func serialized(_ object: JSONObject) -> String {
    String(decoding: JSONValue.object(object).serialized(pretty: true), as: UTF8.self)
}

extension String {
    /// The text without such characters after it.
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, predicate(last) { text.removeLast() }
        return text
    }
}
