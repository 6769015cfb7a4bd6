import Glibc

/// Whole files of a bounded size.
public enum FileContents {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file; of /proc, too, where sizes say 0.
    ///   - limit: The most bytes that are accepted.
    /// - Returns: Its bytes.
    /// - Throws: `SystemError`; EFBIG when the file is longer, EISDIR for a folder, EINVAL for a pipe or device.
    public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        // A named pipe without a writer must not hold us up.
        let file = Descriptor(
            try SystemCall.check("read", path) { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        )
        let status = try FileStatus(descriptor: file.rawValue)
        guard status.kind != .directory else { throw SystemError("read", EISDIR, path) }
        guard status.kind == .regular else {
            throw SystemError("read", EINVAL, path, explanation: "not a regular file")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(clamping: min(max(status.size, 0), Int64(limit))))
        while true {
            let piece: [UInt8]?
            do throws(SystemError) {
                piece = try file.read(upTo: min(65_536, limit - bytes.count + 1))
            } catch {
                throw SystemError("read", error.errorNumber, path)
            }
            guard let piece, !piece.isEmpty else { return bytes }
            bytes += piece
            guard bytes.count <= limit else {
                throw SystemError(
                    "read",
                    EFBIG,
                    path,
                    explanation: "the file is longer than \(limit) bytes"
                )
            }
        }
    }

    /// Removes a file; one that does not exist is no error.
    ///
    /// - Throws: `SystemError` (unlink(2)).
    public static func remove(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try SystemCall.check("remove", path) { unlink(path) }
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
        }
    }

    /// Gives a file another name; an existing file of that name is replaced.
    ///
    /// - Throws: `SystemError` (rename(2)).
    public static func rename(_ path: String, to newPath: String) throws(SystemError) {
        try SystemCall.check("rename", path) { Glibc.rename(path, newPath) }
    }
}
