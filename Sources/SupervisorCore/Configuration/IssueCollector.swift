import Shared

/// Gathers everything that is wrong with one file while it is read.
final class IssueCollector {
    /// The file's name for messages.
    let file: String
    /// What was found, in the order it was found; bounded, and the last one says so where there was more.
    private(set) var issues: [ConfigurationIssue] = []
    private var isFull: Bool { issues.count >= ConfigurationLimits.maximumIssues }
    /// The text; `nil` for a command line.
    let document: JSONDocument?

    init(file: String, document: JSONDocument?) {
        self.file = file
        self.document = document
    }

    /// Notes an issue about the value at `path`.
    func report(
        _ message: String,
        at path: JSONPath,
        hint: String? = nil,
        severity: ConfigurationIssue.Severity = .error
    ) {
        // Finding the place reads the file up to there: not for issues that nobody will see.
        guard !isFull else { return sayThereIsMore() }
        add(
            ConfigurationIssue(
                file: file,
                position: position(of: path),
                path: path.description,
                message: message,
                hint: hint,
                severity: severity
            )
        )
    }

    /// Notes an issue, unless there are too many or it is known: two settings may read the same value.
    func add(_ issue: ConfigurationIssue) {
        guard !isFull else { return sayThereIsMore() }
        guard !issues.contains(issue) else { return }
        issues.append(issue)
    }

    private func sayThereIsMore() {
        let limit = ConfigurationLimits.maximumIssues
        issues[limit - 1] = ConfigurationIssue(
            file: file,
            message: "and more: only the first \(limit - 1) mistakes are told"
        )
    }

    /// Notes that a key is written twice in one object, at the place of the second.
    func reportRepetition(of path: JSONPath) {
        guard !isFull else { return sayThereIsMore() }
        let repetition = document?.duplicateKeys.first { $0.path == path }
        add(
            ConfigurationIssue(
                file: file,
                position: repetition.map { SourcePosition(line: $0.line, column: $0.column) }
                    ?? position(of: path),
                path: path.description,
                message: "written twice",
                hint: "only one of them can count"
            )
        )
    }

    /// Where the key or element at `path` starts.
    func position(of path: JSONPath) -> SourcePosition? {
        guard let place = document?.position(of: path) else { return nil }
        return SourcePosition(line: place.line, column: place.column)
    }
}
