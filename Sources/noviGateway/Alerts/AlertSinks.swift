import AsyncHTTPClient
import Glibc
import LinuxSystem
import NIOCore
import NIOHTTP1
import NIOPosix
import Observation
import Shared
import SupervisorCore
import WorkerSupport

/// How each kind of sink is told.
struct AlertSinks: Sendable {
    private let configuration: GatewayConfiguration
    private let log: WorkerLog

    init(_ configuration: GatewayConfiguration, log: WorkerLog) {
        self.configuration = configuration
        self.log = log
    }

    /// The deliveries: journal and `alerts.log` always, then those of the configuration.
    func deliveries(_ sinks: [AlertSink]) -> [AlertDelivery] {
        var deliveries = [
            AlertDelivery("journal", timeout: .seconds(5), log: log) { try Self.tellJournal($0) }
        ]
        if let folder = configuration.environment.dataDirectory {
            deliveries.append(
                AlertDelivery("alerts.log", timeout: .seconds(5), log: log) {
                    try Self.append($0, "\(folder)/alerts.log")
                }
            )
        }
        return deliveries + sinks.map { delivery($0) }
    }

    private func delivery(_ sink: AlertSink) -> AlertDelivery {
        let send: AlertDelivery.Send
        switch sink.kind {
        case .exec(let command): send = { try await Self.run(command, input: $0.jsonLine) }
        case .webhook(let url, let style):
            let timeout = sink.timeout
            send = { try await Self.post($0.body(style), to: url, timeout) }
        case .mail(let to, let from):
            send = {
                try await Self.run(
                    ["/usr/sbin/sendmail", "-i", "-f", from, "--"] + to,
                    input: $0.mail(to, from)
                )
            }
        case .whatsApp:
            let bridge = VarlinkClient(path: configuration.workerSocket("whatsapp", 0))
            let timeout = sink.timeout
            send = { record in
                let notice: JSONObject = ["text": .string(record.line), "key": .string(record.key)]
                let reply = try await bridge.call("com.novi.WhatsApp.Notify", notice, timeout: timeout)
                guard reply["count"]?.integerValue ?? 0 > 0 else {
                    throw AlertFailure("no administrator has a phone number")
                }
            }
        }
        return AlertDelivery(sink.name, severity: sink.severity, timeout: sink.timeout, log: log, send: send)
    }

    // MARK: - Each kind

    private static func tellJournal(_ record: AlertRecord) throws {
        let alert = record.change.alert
        var entry = JournalEntry()
        entry.append("MESSAGE", record.line)
        entry.append("MESSAGE_ID", EventCatalog.alertMessageID)
        entry.append("PRIORITY", "\(record.change.kind == .resolved ? 5 : alert.severity.journalPriority)")
        entry.append("SYSLOG_IDENTIFIER", "noviGateway")
        entry.append("NOVI_ALERT", alert.type.rawValue)
        entry.append("NOVI_ALERT_KIND", record.change.kind.rawValue)
        entry.append("NOVI_SEVERITY", alert.severity.rawValue)
        if !alert.subject.isEmpty { entry.append("NOVI_APP", alert.subject) }
        switch JournalSocket().send(entry.bytes) {
        // Where there is no journal, nobody misses it.
        case .sent, .absent: return
        case .full: throw AlertFailure("the journal is busy")
        case .refused(let number): throw SystemError("send to the journal", number, JournalSocket.usualPath)
        }
    }

    private static func append(_ record: AlertRecord, _ path: String) throws {
        var file = stat()
        if lstat(path, &file) == 0, file.st_size > maximumLogBytes { rename(path, "\(path).1") }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw SystemError("open", errno, path) }
        defer { close(descriptor) }
        let bytes = Array(record.jsonLine.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemError("write", errno, path)
        }
    }

    private static let maximumLogBytes = 8 << 20

    private static func post(_ body: JSONObject, to url: String, _ timeout: Duration) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        let http = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
        do {
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.headers.add(name: "user-agent", value: "novi/\(NoviGateway.version)")
            request.body = .bytes(JSONValue.object(body).serialized())
            let response = try await http.execute(request, timeout: TimeAmount(timeout))
            guard (200..<300).contains(response.status.code) else {
                // The address may hold a secret; it is not told.
                throw AlertFailure("HTTP \(response.status.code)")
            }
            try await http.shutdown()
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    /// Runs a program with a text on its standard input; no shell, nothing inherited, ended when the task is cancelled.
    private static func run(_ command: [String], input: String) async throws {
        let program = try SinkProgram(command, input: input)
        let code = await withTaskCancellationHandler {
            await program.end()
        } onCancel: {
            program.kill()
        }
        guard code == 0 else { throw AlertFailure("\(command[0]) ended with \(code)") }
    }
}

extension AlertRecord {
    /// The record as one line of JSON.
    var jsonLine: String { String(decoding: JSONValue.object(json).serialized(), as: UTF8.self) + "\n" }

    /// What makes it this record and no other.
    var key: String {
        "alert-\(change.alert.raisedAt)-\(change.alert.id)-\(change.kind.rawValue)-\(change.length / 3600)"
    }

    /// The body for a webhook.
    func body(_ style: AlertSink.Style) -> JSONObject {
        let mark = change.kind == .resolved ? "✅" : change.alert.severity <= .p2 ? "🔴" : "🟡"
        switch style {
        case .json: return json
        case .slack, .teams: return ["text": .string("\(mark) *\(Self.system)*: \(line)")]
        }
    }

    /// A mail with its headers (RFC 5322).
    func mail(_ to: [String], _ from: String) -> String {
        // A line break would begin a header of somebody else's.
        let subject = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }
            .joined()
        let encoded = Base64.text(Array("[\(Self.system)] \(subject)".utf8.prefix(300)))
        return """
            From: \(from)
            To: \(to.joined(separator: ", "))
            Subject: =?UTF-8?B?\(encoded)?=
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            \(line)

            \(json.keys.map { "\($0): \(json[$0].map { "\(String(decoding: $0.serialized(), as: UTF8.self))" } ?? "")" }.joined(separator: "\n"))

            """
    }
}
