import Glibc

/// A user of this machine.
public struct UserRecord: Hashable, Sendable {
    /// The login name.
    public var name: String
    /// The number.
    public var userID: UInt32
    /// The main group.
    public var groupID: UInt32
    /// The home folder.
    public var home: String
    /// The login shell.
    public var shell: String
}

/// Users and groups by name or number (getpwnam_r(3)).
///
/// Name services may ask the network: look up when a configuration is read, not at every spawn.
public enum UserDatabase {
    /// A user by name or number.
    ///
    /// - Parameter nameOrNumber: `www-data` or `33`; a name that is a number is looked up as a name first.
    /// - Returns: The user; `nil` when there is none.
    /// - Throws: `SystemError` when the database cannot be read.
    public static func user(_ nameOrNumber: String) throws(SystemError) -> UserRecord? {
        let byName = try lookUp("look up user", nameOrNumber) { buffer, size in
            var record = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = getpwnam_r(nameOrNumber, &record, buffer, size, &found)
            return (error, found == nil ? nil : UserRecord(record))
        }
        if let byName { return byName }
        guard let number = UInt32(nameOrNumber) else { return nil }
        return try user(number)
    }

    /// A user by number.
    ///
    /// - Throws: `SystemError` when the database cannot be read.
    public static func user(_ number: UInt32) throws(SystemError) -> UserRecord? {
        try lookUp("look up user", "\(number)") { buffer, size in
            var record = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = getpwuid_r(number, &record, buffer, size, &found)
            return (error, found == nil ? nil : UserRecord(record))
        }
    }

    /// The number of a group by name or number.
    ///
    /// - Returns: The group; `nil` when there is none.
    /// - Throws: `SystemError` when the database cannot be read.
    public static func group(_ nameOrNumber: String) throws(SystemError) -> UInt32? {
        let byName: UInt32? = try lookUp("look up group", nameOrNumber) { buffer, size in
            var record = Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            let error = getgrnam_r(nameOrNumber, &record, buffer, size, &found)
            return (error, found == nil ? nil : record.gr_gid)
        }
        if let byName { return byName }
        guard let number = UInt32(nameOrNumber) else { return nil }
        return try lookUp("look up group", nameOrNumber) { buffer, size in
            var record = Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            let error = getgrgid_r(number, &record, buffer, size, &found)
            return (error, found == nil ? nil : record.gr_gid)
        }
    }

    /// All groups of a user, the main one included (getgrouplist(3)).
    ///
    /// - Parameters:
    ///   - name: The login name.
    ///   - mainGroup: The main group.
    /// - Returns: Their numbers.
    public static func groups(ofUser name: String, mainGroup: UInt32) -> [UInt32] {
        var capacity: Int32 = 64
        while true {
            var count = capacity
            var groups = [gid_t](repeating: 0, count: Int(capacity))
            if getgrouplist(name, mainGroup, &groups, &count) >= 0 {
                return Array(groups.prefix(Int(max(0, count))))
            }
            guard Int(capacity) < Limits.groups else { return groups }
            capacity = min(max(count, capacity * 2), Int32(Limits.groups))
        }
    }

    /// Calls with a buffer that grows until the record fits.
    private static func lookUp<Record>(
        _ operation: String,
        _ subject: String,
        _ body: (UnsafeMutablePointer<CChar>, Int) -> (Int32, Record?)
    ) throws(SystemError) -> Record? {
        var size = 1024
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let (error, record) = body(buffer, size)
            switch error {
            case 0, ENOENT, ESRCH: return record
            case EINTR: continue
            case ERANGE where size < Limits.userRecordBytes: size *= 4
            default: throw SystemError(operation, error, subject)
            }
        }
    }
}

extension UserRecord {
    fileprivate init(_ record: passwd) {
        func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
            pointer.map { String(cString: $0) } ?? ""
        }
        self.init(
            name: text(record.pw_name),
            userID: record.pw_uid,
            groupID: record.pw_gid,
            home: text(record.pw_dir),
            shell: text(record.pw_shell)
        )
    }
}
