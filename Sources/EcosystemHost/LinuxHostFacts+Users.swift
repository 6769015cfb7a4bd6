import Glibc
public import SupervisorCore

extension LinuxHostFacts {
    /// Looks up a user by name (getpwnam_r(3)).
    public func user(named name: String) -> HostUser? {
        Self.user { entry, buffer, size, found in getpwnam_r(name, entry, buffer, size, found) }
    }

    /// Looks up a user by number (getpwuid_r(3)).
    public func user(withID userID: UInt32) -> HostUser? {
        Self.user { entry, buffer, size, found in getpwuid_r(userID, entry, buffer, size, found) }
    }

    /// Looks up the number of a group (getgrnam_r(3)).
    public func groupID(named name: String) -> UInt32? {
        var size = 1 << 12
        while size <= Self.largestEntry {
            var entry = group()
            var found: UnsafeMutablePointer<group>?
            var buffer = [CChar](repeating: 0, count: size)
            let status = getgrnam_r(name, &entry, &buffer, size, &found)
            if status == ERANGE {
                size *= 4
                continue
            }
            return status == 0 && found != nil ? entry.gr_gid : nil
        }
        return nil
    }

    /// All groups of a user, the given primary one included (getgrouplist(3)).
    public func groupIDs(of user: HostUser, primary: UInt32) -> [UInt32] {
        var count: Int32 = 64
        // NGROUPS_MAX: the kernel takes no more.
        while count <= 65_536 {
            var groups = [gid_t](repeating: 0, count: Int(count))
            var filled = count
            if getgrouplist(user.name, primary, &groups, &filled) >= 0 {
                return Array(groups.prefix(Int(max(0, filled))))
            }
            count = max(filled, count * 2)
        }
        return [primary]
    }

    /// A group with thousands of members fits; beyond it something is wrong with the database.
    private static let largestEntry = 1 << 20

    private static func user(
        _ look: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) -> HostUser? {
        var size = 1 << 12
        while size <= largestEntry {
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            var buffer = [CChar](repeating: 0, count: size)
            // The entry points into the buffer, so it is read while the buffer is held.
            let result: (status: Int32, user: HostUser?) = buffer.withUnsafeMutableBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return (ENOMEM, nil) }
                let status = look(&entry, start, buffer.count, &found)
                guard status == 0, found != nil, let name = entry.pw_name else { return (status, nil) }
                let home = entry.pw_dir.map { String(cString: $0) } ?? "/"
                return (
                    0,
                    HostUser(
                        name: String(cString: name),
                        userID: entry.pw_uid,
                        groupID: entry.pw_gid,
                        home: home
                    )
                )
            }
            guard result.status == ERANGE else { return result.user }
            size *= 4
        }
        return nil
    }
}
