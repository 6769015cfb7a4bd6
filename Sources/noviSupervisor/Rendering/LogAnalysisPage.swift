import LinuxSystem
import Shared
import SupervisorClient
import SupervisorCore

/// The page of `logs analyse`.
struct LogAnalysisPage {
    let analysis: LogAnalysis
    let restarts: RestartTally
    /// The logs that were read.
    let files: [String]
    let since: Int64?
    let until: Int64?

    private static let patterns = 10

    private var apps: [(name: String, app: LogAnalysis.App)] {
        analysis.apps.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // MARK: - For people

    /// The page, each line ended.
    func text(_ style: Style) -> String {
        var text = style.plain(lookedAt) + "\n"
        func section(_ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            text += "\n\(style.paint(title, .bold))\n" + lines.map { "  \(style.plain($0))\n" }.joined()
        }
        for (name, app) in apps {
            section("errors of \(name)", patternLines(app.errors, of: app))
            section("warnings of \(name)", patternLines(app.warnings, of: app))
        }
        section(
            "slowest requests",
            analysis.requests.slowest.map { slow in
                "\(Self.milliseconds(slow.timing.milliseconds))  \(slow.timing.request)  (\(slow.app), \(Self.time(slow.time)))"
            }
        )
        section(
            "where time goes",
            analysis.requests.heaviest(Self.patterns).map { kind in
                "\(Self.milliseconds(kind.totalMilliseconds)) in \(kind.count)  \(kind.request)  (longest \(Self.milliseconds(kind.longestMilliseconds)))"
            }
        )
        section("ends and restarts", restartLines)
        for (name, app) in apps where app.link.isKnown { section("WhatsApp of \(name)", linkLines(app.link)) }
        if analysis.apps.values.allSatisfy({ $0.errors.total == 0 }) {
            section("errors", ["none"])
        }
        return text
    }

    /// What was looked at.
    private var lookedAt: String {
        let lines = analysis.apps.values.reduce(0) { $0 + $1.lines }
        let bytes = analysis.apps.values.reduce(0) { $0 + $1.bytes }
        let logs = Self.count(files.count, "log")
        var text =
            "looked at \(Self.count(lines, "line")) (\(ByteCount(bytes))) of \(logs) with \(files.count == 1 ? "its" : "their") archives"
        if let first = analysis.first, let last = analysis.last {
            text += ", written from \(Self.time(first)) to \(Self.time(last))"
        }
        return text
    }

    private func patternLines(_ table: FrequencyTable, of app: LogAnalysis.App) -> [String] {
        guard table.total > 0 else { return [] }
        var lines = ["\(table.total) in \(app.lines) lines (\(Self.share(table.total, of: app.lines)))"]
        for item in table.top(Self.patterns) {
            let count = table.uncertainty > 0 ? "\(item.count) or more" : "\(item.count)"
            lines.append("\(count) x  \(item.text)  (last \(Self.time(item.last)))")
        }
        return lines
    }

    /// A part in percent; one that is not nothing is never shown as none.
    private static func share(_ part: Int, of whole: Int) -> String {
        let tenths = (Double(part) * 1000 / Double(max(1, whole))).rounded()
        return tenths < 1 && part > 0 ? "less than 0.1 %" : "\(tenths / 10) %"
    }

    private var restartLines: [String] {
        restarts.rows.sorted { $0.key < $1.key }.flatMap { name, row in
            ["\(name): \(Self.count(row.causes.total, "end")), \(Self.count(row.restarts, "restart"))"]
                + row.causes.top(Self.patterns).map { "  \($0.count) x  \($0.text)" }
        }
    }

    private static func count(_ number: Int, _ word: String) -> String {
        "\(number) \(word)\(number == 1 ? "" : "s")"
    }

    private func linkLines(_ link: LinkStability) -> [String] {
        let down = Duration.nanoseconds(link.downNanoseconds).shortText
        var lines = [
            "lost \(Self.count(link.lossCount, "time")), down for \(down) in all, ready \(Self.count(link.readyCount, "time"))"
        ]
        lines += link.reasons.top(Self.patterns).map { "\($0.count) x  \($0.text)" }
        if let since = link.downSince { lines.append("down since \(Self.time(since))") }
        return lines
    }

    private static func time(_ nanoseconds: Int64) -> String { Clocks.timestamp(of: nanoseconds) }

    private static func milliseconds(_ value: Double) -> String { "\((value * 10).rounded() / 10) ms" }

    // MARK: - For machines

    /// The document.
    var json: JSONObject {
        [
            "since": text(since),
            "until": text(until),
            "logs": .array(files.map { .string($0) }),
            "first": text(analysis.first),
            "last": text(analysis.last),
            "apps": .array(apps.map { json($0.name, $0.app) }),
            "requests": .object([
                "count": .integer(Int64(analysis.requests.count)),
                "uncounted": .integer(Int64(analysis.requests.uncounted)),
                "slowest": .array(
                    analysis.requests.slowest.map { slow in
                        .object([
                            "request": .string(slow.timing.request),
                            "duration_ms": .number(slow.timing.milliseconds),
                            "time": text(slow.time), "app": .string(slow.app),
                        ])
                    }
                ),
                "heaviest": .array(
                    analysis.requests.heaviest(Self.patterns).map { kind in
                        .object([
                            "request": .string(kind.request), "count": .integer(Int64(kind.count)),
                            "total_ms": .number(kind.totalMilliseconds),
                            "longest_ms": .number(kind.longestMilliseconds),
                        ])
                    }
                ),
            ]),
            "restarts": .array(
                restarts.rows.sorted { $0.key < $1.key }.map { name, row in
                    .object([
                        "process": .string(name), "restarts": .integer(Int64(row.restarts)),
                        "causes": json(row.causes),
                    ])
                }
            ),
        ]
    }

    private func json(_ name: String, _ app: LogAnalysis.App) -> JSONValue {
        var levels: JSONObject = [:]
        for level in LogLevel.allCases { levels[level.name] = .integer(Int64(app.levels[level] ?? 0)) }
        var object: JSONObject = [
            "name": .string(name),
            "lines": .integer(Int64(app.lines)),
            "bytes": .integer(app.bytes),
            "levels": .object(levels),
            "errors": json(app.errors),
            "warnings": json(app.warnings),
        ]
        object["whatsapp"] =
            app.link.isKnown
            ? .object([
                "lost": .integer(Int64(app.link.lossCount)), "ready": .integer(Int64(app.link.readyCount)),
                "down_ms": .integer(app.link.downNanoseconds / 1_000_000),
                "down_since": text(app.link.downSince),
                "last_state": app.link.lastState.map { .string($0) } ?? .null,
                "reasons": json(app.link.reasons),
            ]) : .null
        return .object(object)
    }

    private func json(_ table: FrequencyTable) -> JSONValue {
        .object([
            "total": .integer(Int64(table.total)),
            "uncertainty": .integer(Int64(table.uncertainty)),
            "patterns": .array(
                table.top(Self.patterns).map { item in
                    .object([
                        "count": .integer(Int64(item.count)), "pattern": .string(item.text),
                        "first": text(item.first), "last": text(item.last),
                    ])
                }
            ),
        ])
    }

    private func text(_ nanoseconds: Int64?) -> JSONValue {
        nanoseconds.map { .string(Self.time($0)) } ?? .null
    }
}
