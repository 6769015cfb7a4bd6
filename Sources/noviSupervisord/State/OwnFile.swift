import Glibc
import LinuxSystem

/// Files that the daemon believes: its own, and nobody else could have written them (M12).
enum OwnFile {
    /// Reads a file that only we may write.
    ///
    /// - Throws: `SystemError`; ELOOP for a symbolic link, EPERM when it belongs to somebody else or others may write it.
    static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let status = try FileStatus(path: path, followsLinks: false)
        guard status.kind != .symbolicLink else { throw SystemError("read", ELOOP, path) }
        guard status.userID == CurrentProcess.userID || status.userID == 0 else {
            throw SystemError(
                "read",
                EPERM,
                path,
                explanation: "it belongs to user \(status.userID), not to us (\(CurrentProcess.userID))"
            )
        }
        guard status.mode & 0o022 == 0 else {
            let mode = String(status.mode, radix: 8)
            throw SystemError("read", EPERM, path, explanation: "others may write it (mode \(mode))")
        }
        // The folder is ours alone, so that the name cannot lead elsewhere meanwhile.
        return try FileContents.read(path, limit: limit)
    }

    /// Gives a file that is no good a name beside its own, and returns that; `nil` when it cannot be renamed.
    static func setAside(_ path: String) -> String? {
        for number in 1...999 {
            let name = "\(path).unusable-\(number)"
            guard !FileStatus.exists(name) else { continue }
            do throws(SystemError) {
                try FileContents.rename(path, to: name)
                return name
            } catch {
                return nil
            }
        }
        return nil
    }
}
