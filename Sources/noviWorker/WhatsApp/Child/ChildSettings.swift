import Shared
import WorkerSupport

/// How the child that speaks to WhatsApp is started, and how long it may take for what.
struct ChildSettings: Sendable {
    /// The program and its arguments; no shell reads them (`WHATSAPP_CHILD_COMMAND`, a JSON array).
    var command: [String]

    /// Where the child keeps its session; made with mode 0700.
    var sessionDirectory: String

    /// What the child is told beyond that (`WHATSAPP_CHILD_OPTIONS`, a JSON object).
    var options: JSONObject = [:]

    /// The variables of the child.
    var environment: [String: String] = [:]

    /// The time for the first line.
    var helloTime: Duration = .seconds(30)

    /// The time between two pings.
    var pingInterval: Duration = .seconds(10)

    /// After so long without an answer to a ping the child is ended.
    var pongTime: Duration = .seconds(30)

    /// After so long without an answer nobody knows what became of a message.
    var sendTime: Duration = .seconds(60)

    /// The time to end by itself.
    var stopTime: Duration = Limits.providerStopTime

    /// The wait before storing is tried again, doubled up to ``longestStoreWait``.
    var storeWait: Duration = .milliseconds(250)

    /// The longest wait before storing is tried again.
    var longestStoreWait: Duration = .seconds(10)
}

extension ChildSettings {
    /// Reads variables; what is wrong is noted in `reader`, and then the result is `nil`.
    ///
    /// - Parameters:
    ///   - reader: The variables; collects the problems.
    ///   - dataDirectory: The folder of the app's data.
    init?(_ reader: inout VariableReader, dataDirectory: String?) {
        let before = reader.problems.count
        let command = Self.command(&reader)
        let options = Self.options(&reader)
        guard let directory = reader.path("WHATSAPP_CHILD_SESSION") ?? dataDirectory.map({ "\($0)/session" })
        else {
            reader.report(
                "WHATSAPP_CHILD_SESSION must name the folder of the child's session: there is no NOVI_DATA_DIRECTORY"
            )
            return nil
        }
        guard reader.problems.count == before, let command else { return nil }
        self.init(command: command, sessionDirectory: directory)
        self.options = options
        environment = Self.passedOn(VariableReader.processVariables())
    }

    private static func command(_ reader: inout VariableReader) -> [String]? {
        let text = reader.text("WHATSAPP_CHILD_COMMAND") ?? ""
        let parts = (try? JSONValue(parsing: Array(text.utf8)))?.arrayValue?.map(\.stringValue)
        let words = parts?.compactMap { $0 } ?? []
        guard !words.isEmpty, words.count == parts?.count, words[0] != "",
            words.allSatisfy({ !$0.utf8.contains(0) })
        else {
            reader.report(
                "WHATSAPP_CHILD_COMMAND must be a JSON array of texts, such as [\"node\", \"/opt/adapter/adapter.mjs\"]"
            )
            return nil
        }
        return words
    }

    private static func options(_ reader: inout VariableReader) -> JSONObject {
        guard let text = reader.text("WHATSAPP_CHILD_OPTIONS") else { return [:] }
        guard let options = (try? JSONValue(parsing: Array(text.utf8)))?.objectValue else {
            reader.report("WHATSAPP_CHILD_OPTIONS must be a JSON object")
            return [:]
        }
        return options
    }

    /// What a third party's library may see of our variables: no secrets, nothing of our talk with the supervisor.
    static func passedOn(_ variables: [String: String]) -> [String: String] {
        let ours: Set = [
            "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "JOURNAL_STREAM", "REDIS_URL", "DATABASE_URL",
        ]
        let beginnings = ["WHATSAPP_", "LISTEN_", "WATCHDOG_", "PG", "NOVI_DATABASE"]
        let parts = ["SECRET", "TOKEN", "PASSWORD"]
        return variables.filter { name, _ in
            !ours.contains(name) && !beginnings.contains { name.hasPrefix($0) }
                && !parts.contains { name.contains($0) }
        }
    }
}
