import Glibc

/// Whether a user can reach a file, by the permission bits of the path (path_resolution(7)).
///
/// The supervisor asks as root for a user it is about to become, so access(2) would answer for the wrong one. Access
/// control lists and capabilities are not looked at; the spawn itself has the last word.
public enum FileAccess {
    /// What is wanted of the file at the end of the path.
    public enum Need: Hashable, Sendable {
        /// To read it.
        case read
        /// To write it.
        case write
        /// To run it, or to enter it if it is a folder.
        case execute

        fileprivate var bit: UInt32 {
            switch self {
            case .read: 4
            case .write: 2
            case .execute: 1
            }
        }
    }

    /// What stands in the way.
    public struct Obstacle: Hashable, Sendable {
        /// The folder or file that forbids it or does not exist.
        public var path: String
        /// Why: EACCES, ENOENT or ENOTDIR.
        public var errorNumber: Int32
    }

    /// Finds the first folder or file on a path that keeps a user out.
    ///
    /// - Parameters:
    ///   - path: An absolute path.
    ///   - need: What is wanted at its end.
    ///   - identity: The user.
    /// - Returns: What stands in the way; `nil` when nothing does.
    public static func obstacle(
        to path: String,
        _ need: Need,
        for identity: SpawnPlan.Identity
    ) -> Obstacle? {
        guard path.hasPrefix("/") else { return Obstacle(path: path, errorNumber: EINVAL) }
        let names = path.split(separator: "/")
        var current = ""
        for index in -1..<names.count {
            if index >= 0 { current += "/" + names[index] }
            let place = current.isEmpty ? "/" : current
            let status: FileStatus
            do throws(SystemError) {
                status = try FileStatus(path: place)
            } catch {
                return Obstacle(path: place, errorNumber: error.errorNumber)
            }
            let isLast = index == names.count - 1
            if !isLast, status.kind != .directory { return Obstacle(path: place, errorNumber: ENOTDIR) }
            guard allows(status, isLast ? need : .execute, identity) else {
                return Obstacle(path: place, errorNumber: EACCES)
            }
        }
        return nil
    }

    private static func allows(_ status: FileStatus, _ need: Need, _ identity: SpawnPlan.Identity) -> Bool {
        if identity.userID == 0 {
            return need != .execute || status.kind == .directory || status.mode & 0o111 != 0
        }
        let shift: UInt32
        if status.userID == identity.userID {
            shift = 6
        } else if status.groupID == identity.groupID || identity.groups.contains(status.groupID) {
            shift = 3
        } else {
            shift = 0
        }
        return status.mode >> shift & need.bit != 0
    }
}
