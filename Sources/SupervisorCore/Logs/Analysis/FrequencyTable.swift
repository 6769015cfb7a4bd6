/// How often things occur, in bounded memory: exact while there are few different ones, else the frequent ones for certain
/// (Misra, Gries: "Finding repeated elements", 1982).
public struct FrequencyTable: Sendable {
    /// One thing that occurred.
    public struct Item: Hashable, Sendable {
        /// What.
        public var text: String
        /// How often at least; at most ``FrequencyTable/uncertainty`` more.
        public var count: Int
        /// When first, in nanoseconds since 1970, as far as it was remembered.
        public var first: Int64
        /// When last.
        public var last: Int64
    }

    /// How many different things are remembered.
    public let capacity: Int
    /// How much each count may be too low; 0 when all counts are exact.
    public private(set) var uncertainty = 0
    /// How many there were in all.
    public private(set) var total = 0
    private var items: [String: Item] = [:]

    /// Makes an empty table.
    public init(capacity: Int = 1000) {
        self.capacity = max(1, capacity)
    }

    /// Counts one more.
    public mutating func add(_ text: String, at time: Int64) {
        total += 1
        if let index = items.index(forKey: text) {
            items.values[index].count += 1
            items.values[index].last = max(items.values[index].last, time)
            items.values[index].first = min(items.values[index].first, time)
            return
        }
        guard items.count >= capacity else {
            items[text] = Item(text: text, count: 1, first: time, last: time)
            return
        }
        // Each one less pays for one that was counted: no more work over all than counting itself.
        uncertainty += 1
        items = items.compactMapValues { item in
            var item = item
            item.count -= 1
            return item.count > 0 ? item : nil
        }
    }

    /// The most frequent ones, the most frequent first, equally frequent ones by their text.
    public func top(_ count: Int) -> [Item] {
        let sorted = items.values.sorted { ($1.count, $0.text) < ($0.count, $1.text) }
        return Array(sorted.prefix(count))
    }
}
