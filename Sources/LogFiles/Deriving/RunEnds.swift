public import LinuxSystem
import Synchronization

/// Where runs ended in primary logs: a last line that has no end is complete there (M9), whatever the next run writes behind it.
///
/// Filled by the thread that writes the logs, before it writes anything of the next run; read by the one that derives.
public final class RunEnds: Sendable {
    /// A place in a log.
    public struct Place: Hashable, Sendable {
        /// The file.
        public var identity: FileStatus.Identity
        /// The first byte that is not of the run.
        public var offset: Int64

        /// Makes a place.
        public init(identity: FileStatus.Identity, offset: Int64) {
            self.identity = identity
            self.offset = offset
        }
    }

    private struct Entry: Sendable {
        var serial: UInt64
        var place: Place
    }

    private struct Contents: Sendable {
        var entries: [String: [Entry]] = [:]
        var serial: UInt64 = 0
    }

    private let contents = Mutex(Contents())
    /// More would be a log whose runs end faster than anybody derives.
    private static let capacity = 64

    /// Makes it empty.
    public init() {}

    /// Notes an end.
    ///
    /// - Parameters:
    ///   - place: Where.
    ///   - path: The primary log.
    ///   - replaces: Whether older ones of the log are forgotten, as while nobody derives.
    public func add(_ place: Place, of path: String, replaces: Bool = false) {
        contents.withLock { contents in
            contents.serial += 1
            let old = replaces ? [] : (contents.entries[path] ?? []).suffix(Self.capacity - 1)
            contents.entries[path] = Array(old) + [Entry(serial: contents.serial, place: place)]
        }
    }

    /// The ends of a log that were noted after a serial number, and the number to ask with next time.
    func places(of path: String, after serial: UInt64) -> (places: [Place], serial: UInt64) {
        contents.withLock { contents in
            guard contents.serial > serial else { return ([], serial) }
            let new = (contents.entries[path] ?? []).filter { $0.serial > serial }
            return (new.map(\.place), contents.serial)
        }
    }
}
