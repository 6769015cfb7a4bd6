/// The newest items of an endless series, at most `capacity` of them.
public struct RecentItems<Item: Sendable>: Sendable {
    /// The most items kept.
    public let capacity: Int

    private var storage: [Item] = []
    private var start = 0

    /// Makes an empty ring; a capacity below 1 counts as 1.
    public init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// How many items there are.
    public var count: Int { storage.count }

    /// The items, oldest first.
    public var items: [Item] { Array(storage[start...] + storage[..<start]) }

    /// Adds the newest item; the oldest goes when there is no room.
    public mutating func append(_ item: Item) {
        guard storage.count == capacity else {
            storage.append(item)
            return
        }
        storage[start] = item
        start = (start + 1) % capacity
    }

    /// Forgets all but the newest `count` items and the memory of the others.
    public mutating func keepNewest(_ count: Int) {
        storage = Array(items.suffix(max(0, count)))
        start = 0
    }
}
