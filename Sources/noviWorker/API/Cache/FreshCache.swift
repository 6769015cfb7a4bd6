import Synchronization

/// A cache that never keeps what was found out before a change was heard of.
///
/// Who finds something out reads first and keeps afterwards; a change in between has told everybody to forget what is not kept yet.
final class FreshCache: Sendable {
    /// How many changes were heard of at some moment.
    struct Moment: Equatable, Sendable {
        fileprivate let changes: Int
    }

    private let cache: any Cache
    private let changes = Atomic<Int>(0)

    /// Guards another cache.
    init(_ cache: any Cache) {
        self.cache = cache
    }

    /// Now; to be taken before something is found out.
    var moment: Moment { Moment(changes: changes.load(ordering: .acquiring)) }

    /// The bytes under a name.
    func get(_ key: String) async -> [UInt8]? { await cache.get(key) }

    /// Keeps what was found out since `moment`, unless a change was heard of meanwhile.
    func set(_ key: String, _ value: [UInt8], for lifetime: Duration, since moment: Moment) async {
        guard moment == self.moment else { return }
        await cache.set(key, value, for: lifetime)
        // A change that came while it was being kept may have looked too early.
        if moment != self.moment { await cache.remove(key) }
    }

    /// Forgets names, because something changed.
    func forget(_ keys: [String]) async {
        changes.add(1, ordering: .acquiringAndReleasing)
        for key in keys { await cache.remove(key) }
    }

    /// Forgets everything.
    func removeAll() async {
        changes.add(1, ordering: .acquiringAndReleasing)
        await cache.removeAll()
    }
}
