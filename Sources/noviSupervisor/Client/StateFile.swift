import LinuxSystem
import Shared

/// A state file as the daemon writes it.
enum StateFile {
    /// The largest file that is read.
    private static let maximumBytes = 256 << 20

    /// Reads a file; `nil` for one that the daemon would not believe either.
    static func read(_ path: String) -> (document: JSONValue, generation: Int64)? {
        guard let status = try? FileStatus(path: path, followsLinks: false), status.kind != .symbolicLink,
            status.mode & 0o022 == 0, let bytes = try? FileContents.read(path, limit: maximumBytes)
        else { return nil }
        guard let body = try? StateEnvelope.opened(bytes), let document = try? JSONValue(parsing: body) else {
            return nil
        }
        return (document, max(0, document["generation"]?.integerValue ?? 0))
    }
}
