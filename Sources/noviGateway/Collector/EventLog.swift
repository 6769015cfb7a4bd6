import Shared

/// The newest events of the supervisor, oldest first; bounded.
struct EventLog: Sendable {
    private(set) var events: [JSONObject] = []

    /// How many events of each word happened since the gateway began.
    private(set) var counts: [String: Int64] = [:]

    private let begin: String

    /// Makes an empty log.
    ///
    /// - Parameter begin: Events before this time, RFC 3339, are kept but not counted: the daemon tells old ones, too.
    init(begin: String) { self.begin = begin }

    /// Keeps an event.
    ///
    /// After a reconnection the daemon tells some again, and another daemon counts from the beginning: an event is known by its
    /// time, process, run and word.
    ///
    /// - Returns: Whether it was new.
    mutating func take(_ event: JSONObject) -> Bool {
        guard let word = event["event"]?.stringValue, let time = event["time"]?.stringValue else {
            return false
        }
        // RFC 3339 with milliseconds in UTC: as text in the order of time.
        var index = events.partitioningIndex { $0["time"]?.stringValue ?? "" >= time }
        while index < events.endIndex, events[index]["time"]?.stringValue == time {
            let other = events[index]
            if other["event"] == event["event"], other["process"] == event["process"],
                other["run"] == event["run"], other["message"] == event["message"]
            {
                return false
            }
            index += 1
        }
        events.insert(event, at: index)
        if events.count > Limits.events { events.removeFirst(events.count - Limits.events) }
        if time >= begin { counts[word, default: 0] += 1 }
        return true
    }

    /// The newest events of a process, or of all; oldest first.
    func last(_ count: Int, of process: String?) -> [JSONObject] {
        guard let process else { return Array(events.suffix(count)) }
        return Array(events.lazy.filter { $0["process"]?.stringValue == process }.suffix(count))
    }
}

extension Array {
    /// The first index whose element fits, where all behind it fit as well.
    fileprivate func partitioningIndex(_ fits: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if fits(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
