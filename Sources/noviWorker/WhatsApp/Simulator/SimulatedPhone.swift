import Glibc
import Shared
import Synchronization

/// What the simulated phone has sent: one JSON object a line, kept over restarts as a real phone's messages are.
///
/// `{"id": "<ours>", "external_id": "…", "chat": "…", "text": "…"}`. At 8 MiB the file becomes `….1`.
final class SimulatedPhone: Sendable {
    /// A message that was sent.
    struct Sent: Equatable, Sendable {
        let outboxID: String
        let externalID: String
        let chat: String
        let text: String
    }

    private let path: String?
    private let newest: Mutex<[Sent]>

    /// How many of the newest are remembered.
    private static let capacity = 100
    private static let maximumBytes = 8 << 20

    /// Opens the phone.
    ///
    /// - Parameter directory: Where its file is; `nil` to remember nothing over a restart.
    init(directory: String?) {
        path = directory.map { "\($0)/simulator-sent.ndjson" }
        newest = Mutex(path.map { Self.read($0) } ?? [])
    }

    /// What was sent last, the oldest first.
    var sent: [Sent] { newest.withLock { $0 } }

    /// Notes a message; the phone has it when this returns.
    func note(_ message: Sent) {
        newest.withLock { newest in
            newest.append(message)
            if newest.count > Self.capacity { newest.removeFirst(newest.count - Self.capacity) }
            if let path { Self.append(message, to: path) }
        }
    }

    private static func append(_ message: Sent, to path: String) {
        var file = stat()
        if lstat(path, &file) == 0, file.st_size > maximumBytes { rename(path, "\(path).1") }
        let line: JSONValue = [
            "id": .string(message.outboxID), "external_id": .string(message.externalID),
            "chat": .string(message.chat), "text": .string(message.text),
        ]
        let bytes = line.serialized() + [0x0A]
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = write(descriptor, bytes, bytes.count)
    }

    private static func read(_ path: String) -> [Sent] {
        guard let text = try? readFile(path, limit: 2 * maximumBytes) else { return [] }
        return text.utf8.split(separator: 0x0A).suffix(capacity).compactMap { line in
            guard let value = try? JSONValue(parsing: Array(line)), let id = value["id"]?.stringValue,
                let externalID = value["external_id"]?.stringValue, let chat = value["chat"]?.stringValue
            else { return nil }
            return Sent(
                outboxID: id,
                externalID: externalID,
                chat: chat,
                text: value["text"]?.stringValue ?? ""
            )
        }
    }
}
