import ArgumentParser
import Glibc
import OrderMessages
import Shared

/// The cases of a file, each with its day.
struct ParseFile {
    /// A case with what the rules say about it.
    struct Case {
        let id: String
        let expected: JSONObject?
        let result: JSONValue
    }

    /// The exit status for a file with mistakes (EX_DATAERR of sysexits.h).
    static let exitCode: Int32 = 65

    /// The largest file, in bytes.
    static let maximumBytes = 64 << 20

    /// The zone of a case that tells none.
    static let timeZone = "Africa/Lagos"

    /// The cases in the order of the file.
    let cases: [Case]

    /// Reads a file and parses its messages.
    ///
    /// - Throws: An exit code, after every mistake was told on standard error.
    init(_ path: String, needsExpected: Bool = false) throws {
        let name = path == "-" ? "standard input" : path
        let document: JSONDocument
        do {
            let text = try readFile(path == "-" ? "/dev/stdin" : path, limit: ParseFile.maximumBytes)
            document = try JSONDocument.parse(Array(text.utf8), maximumBytes: ParseFile.maximumBytes)
        } catch let error as JSONSyntaxError {
            writeToStandardError("noviWorker parse: \(name): \(error)\n")
            throw ExitCode(ParseFile.exitCode)
        } catch {
            writeToStandardError("noviWorker parse: \(error)\n")
            throw ExitCode(66)
        }
        var (read, problems) = ParseCase.read(document.root)
        var zones = TimeZoneFolder()
        var days: [CivilDate] = []
        let present = Int64(time(nil))
        for (index, one) in read.enumerated() {
            if let rules = zones.rules(one.timeZone ?? ParseFile.timeZone) {
                days.append(rules.day(at: one.now ?? present))
            } else if problems.isEmpty {
                let path = JSONPath([.index(index), .key("timezone")])
                let zone = (one.timeZone ?? ParseFile.timeZone).prefix(60)
                zones.missing.append(
                    "\(path): no time zone \"\(zone)\" below \(TimeZoneFolder.path); is tzdata installed?"
                )
            }
            if needsExpected, one.expected == nil, problems.isEmpty {
                zones.missing.append("[\(index)].expected: missing; eval needs it")
            }
        }
        let all =
            problems.map { problem in
                let place = document.position(of: problem.path).map { ":\($0.line):\($0.column)" } ?? ""
                return "\(name)\(place): \(problem)"
            } + zones.missing.map { "\(name): \($0)" }
        guard all.isEmpty else {
            for problem in all { writeToStandardError("noviWorker parse: \(problem)\n") }
            throw ExitCode(ParseFile.exitCode)
        }
        problems = []
        cases = zip(read, days).map { one, today in
            let parsed = MessageParser(today: today).parse(one.message)
            return Case(id: one.id, expected: one.expected, result: parsed.json(today: today))
        }
        read = []
    }
}

/// The time zones of this machine.
struct TimeZoneFolder {
    /// Where they are (tzset(3)).
    static let path = "/usr/share/zoneinfo"

    /// What was asked for in vain.
    var missing: [String] = []

    private var known: [String: TimeZoneRules] = [:]

    /// The rules of a zone such as `Africa/Lagos`; `nil` when there is no such file.
    mutating func rules(_ name: String) -> TimeZoneRules? {
        if let rules = known[name] { return rules }
        guard let rules = TimeZoneFolder.read(name) else { return nil }
        known[name] = rules
        return rules
    }

    private static func read(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return TimeZoneRules(fixedOffset: 0) }
        let isName =
            !name.isEmpty && name.utf8.count <= 100 && !name.hasPrefix("/") && !name.contains("..")
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isName, let bytes = try? readBytes("\(path)/\(name)", limit: 1 << 20) else { return nil }
        return TimeZoneRules(tzif: bytes)
    }
}
