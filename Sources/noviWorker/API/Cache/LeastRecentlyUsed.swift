/// Values under names, each with an end; when there are too many, the one that was not used for longest goes.
///
/// Every operation takes the same time however many there are: a table leads into a list that is ordered by use.
struct LeastRecentlyUsed<Instant: InstantProtocol, Value> where Instant.Duration == Duration {
    private struct Node {
        let key: String
        var value: Value
        var end: Instant
        var previous: Int?
        var next: Int?
    }

    /// The most entries.
    let capacity: Int

    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var places: [String: Int] = [:]
    private var newest: Int?
    private var oldest: Int?

    /// Makes an empty one.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many there are, those past their end included.
    var count: Int { places.count }

    /// The value of a name, which becomes the one used last; one past its end is removed.
    mutating func value(of key: String, at now: Instant) -> Value? {
        guard let place = places[key], let node = nodes[place] else { return nil }
        guard now < node.end else {
            remove(key)
            return nil
        }
        unlink(place)
        linkAsNewest(place)
        return node.value
    }

    /// Keeps a value until `end`.
    mutating func set(_ key: String, _ value: Value, until end: Instant) {
        remove(key)
        if places.count >= capacity, let oldest, let node = nodes[oldest] { remove(node.key) }
        let node = Node(key: key, value: value, end: end)
        let place: Int
        if let reused = free.popLast() {
            place = reused
            nodes[place] = node
        } else {
            place = nodes.count
            nodes.append(node)
        }
        places[key] = place
        linkAsNewest(place)
    }

    /// Forgets a name.
    mutating func remove(_ key: String) {
        guard let place = places.removeValue(forKey: key) else { return }
        unlink(place)
        nodes[place] = nil
        free.append(place)
    }

    /// Forgets everything and gives the memory back.
    mutating func removeAll() {
        self = LeastRecentlyUsed(capacity: capacity)
    }

    private mutating func unlink(_ place: Int) {
        guard let node = nodes[place] else { return }
        if let previous = node.previous { nodes[previous]?.next = node.next } else { newest = node.next }
        if let next = node.next { nodes[next]?.previous = node.previous } else { oldest = node.previous }
    }

    private mutating func linkAsNewest(_ place: Int) {
        nodes[place]?.previous = nil
        nodes[place]?.next = newest
        if let newest { nodes[newest]?.previous = place }
        newest = place
        if oldest == nil { oldest = place }
    }
}
