import Glibc

/// Tells what happens to the names in folders, as the kernel announces it (inotify(7)).
public final class FolderWatch {
    /// What can happen.
    public struct Changes: OptionSet, Hashable, Sendable {
        /// The bits of inotify(7).
        public let rawValue: UInt32

        /// Makes a set of inotify's bits.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// A file was written.
        public static let written = Changes(rawValue: UInt32(IN_MODIFY))
        /// A name appeared.
        public static let appeared = Changes(rawValue: UInt32(IN_CREATE | IN_MOVED_TO))
        /// A name took the place of another by a rename, or came from another folder.
        public static let movedIn = Changes(rawValue: UInt32(IN_MOVED_TO))
        /// A name is gone.
        public static let disappeared = Changes(rawValue: UInt32(IN_DELETE | IN_MOVED_FROM))
        /// Mode, owner or number of links changed.
        public static let attributes = Changes(rawValue: UInt32(IN_ATTRIB))
        /// The folder itself is gone or has another name.
        public static let folderLost = Changes(rawValue: UInt32(IN_DELETE_SELF | IN_MOVE_SELF))
        /// The kernel's queue ran over; always reported, for no folder.
        public static let overflow = Changes(rawValue: UInt32(IN_Q_OVERFLOW))
        /// The folder is not watched any more; always reported.
        public static let ended = Changes(rawValue: UInt32(IN_IGNORED))
    }

    /// One thing that happened.
    public struct Occurrence: Hashable, Sendable {
        /// The number that ``FolderWatch/add(_:_:)`` returned; −1 for none.
        public var folder: Int32
        /// What happened.
        public var changes: Changes
        /// The name in the folder; `nil` for the folder itself.
        public var name: String?
    }

    private let descriptor: Descriptor

    /// What to watch for `.readable`.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Makes a watch without folders.
    ///
    /// - Throws: `SystemError`, as when the user has too many (fs.inotify.max_user_instances).
    public init() throws(SystemError) {
        descriptor = Descriptor(
            try SystemCall.check("watch folders") { inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)) }
        )
    }

    /// Watches a folder; a second time changes what is told of it.
    ///
    /// - Returns: The folder's number.
    /// - Throws: `SystemError`, as when there is no such folder or the user watches too many.
    @discardableResult
    public func add(_ folder: String, _ changes: Changes) throws(SystemError) -> Int32 {
        try SystemCall.check("watch folder", folder) {
            inotify_add_watch(descriptor.rawValue, folder, changes.rawValue | UInt32(IN_ONLYDIR))
        }
    }

    /// Waits until something happens, for ever if need be.
    public func wait() {
        var state = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&state, 1, -1)
    }

    /// What happened since the last call, oldest first; nothing when nothing did.
    ///
    /// - Throws: `SystemError` (read(2)).
    public func occurrences() throws(SystemError) -> [Occurrence] {
        guard let bytes = try descriptor.read(upTo: 65_536) else { return [] }
        return Self.occurrences(in: bytes)
    }

    /// Reads the kernel's records: watch, mask, cookie and length, four bytes each, then the name with zeros behind it.
    private static func occurrences(in bytes: [UInt8]) -> [Occurrence] {
        var found: [Occurrence] = []
        var start = 0
        while start + 16 <= bytes.count {
            let length = Int(number(bytes, start + 12))
            let name = bytes[(start + 16)..<min(bytes.count, start + 16 + length)].prefix { $0 != 0 }
            found.append(
                Occurrence(
                    folder: Int32(bitPattern: number(bytes, start)),
                    changes: Changes(rawValue: number(bytes, start + 4)),
                    name: name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
                )
            )
            start += 16 + length
        }
        return found
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
}
