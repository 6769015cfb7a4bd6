/// Which statements are prepared on a connection, the longest unused one first out.
struct PreparedStatements {
    /// What to do for a statement.
    enum Lookup: Equatable {
        /// It is prepared under this name.
        case prepared(name: String)
        /// It has to be prepared under this name; `evicted` goes first where there is one.
        case missing(name: String, evicted: String?)
    }

    private struct Entry {
        let name: String
        var lastUse: Int
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var uses = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// How many are prepared.
    var count: Int { entries.count }

    /// Looks a text up and takes it in when it is new.
    mutating func use(_ text: String) -> Lookup {
        uses += 1
        if let entry = entries[text] {
            entries[text]?.lastUse = uses
            return .prepared(name: entry.name)
        }
        var evicted: String?
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            evicted = oldest.value.name
            entries[oldest.key] = nil
        }
        let name = "novi_\(uses)"
        entries[text] = Entry(name: name, lastUse: uses)
        return .missing(name: name, evicted: evicted)
    }

    /// Forgets a text; returns its name, which the server may still know.
    mutating func forget(_ text: String) -> String? {
        entries.removeValue(forKey: text)?.name
    }
}
