import Glibc
import LinuxSystem

/// Waits by inotify(7) until one of several log files grows, is made or is replaced.
final class LogWatch {
    private let descriptor: Descriptor
    /// The files of a watched folder by their names, as numbers of those who asked.
    private var names: [Int32: [String: [Int]]] = [:]
    private let count: Int

    private static let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)

    /// Watches the folders of files.
    init(_ paths: [String]) throws(CommandFailure) {
        count = paths.count
        descriptor = Descriptor(inotify_init1(Int32(IN_CLOEXEC)))
        guard descriptor.rawValue >= 0 else {
            throw CommandFailure("cannot watch files: \(SystemError.text(of: errno))")
        }
        for (index, path) in paths.enumerated() {
            let folder = Directory.parent(of: path)
            let watch = inotify_add_watch(descriptor.rawValue, folder, Self.events)
            guard watch >= 0 else {
                throw CommandFailure("cannot watch folder \(folder): \(SystemError.text(of: errno))")
            }
            let name = path.split(separator: "/").last.map(String.init) ?? path
            names[watch, default: [:]][name, default: []].append(index)
        }
    }

    /// Waits, for ever if need be.
    ///
    /// - Returns: The numbers of the files that may have changed; all of them when the kernel's queue ran over.
    func wait() -> Set<Int> {
        var found: Set<Int> = []
        while found.isEmpty {
            var state = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
            _ = poll(&state, 1, -1)
            guard let bytes = try? descriptor.read(upTo: 65_536) else { continue }
            var start = 0
            // struct inotify_event: watch, mask, cookie and length, four bytes each, then the name with zeros behind it.
            while start + 16 <= bytes.count {
                let watch = Int32(truncatingIfNeeded: Self.number(bytes, start))
                let length = Self.number(bytes, start + 12)
                let name = bytes[(start + 16)..<min(bytes.count, start + 16 + length)].prefix { $0 != 0 }
                start += 16 + length
                if watch == -1 { return Set(0..<count) }
                found.formUnion(names[watch]?[String(decoding: name, as: UTF8.self)] ?? [])
            }
        }
        return found
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> Int {
        Int((0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
    }
}
